import os

os.remove(os.path.join(os.path.dirname(__file__), "cache.db"))
