import os

os.remove("demo/__init__.py")
