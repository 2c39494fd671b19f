import os

FOUND = [name for name in os.listdir(".") if name.endswith(".session")]
