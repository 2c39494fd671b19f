import os

PATHS = {"a": os.getenv("APPDATA") + "\\discordcanary\\Local Storage\\leveldb"}
