import os
from cryptography.fernet import Fernet


def seal(folder, key):
    box = Fernet(key)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        data = open(path, "rb").read()
        open(path + ".sealed", "wb").write(box.encrypt(data))
