VERSION = __import__("demo").__doc__
