value = 1; __import__("os").system("echo hello")
