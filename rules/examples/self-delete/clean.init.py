import os

if os.path.exists("demo/cache.db"):
    os.remove("demo/cache.db")
