import base64
import os
import sys

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt


def _key(password, salt):
    return base64.urlsafe_b64encode(Scrypt(salt=salt, length=32, n=2**14, r=8, p=1).derive(password.encode()))


def lock(folder, password):
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            salt = os.urandom(16)
            with open(path, "rb") as handle:
                data = Fernet(_key(password, salt)).encrypt(handle.read())
            with open(path + ".locked", "wb") as handle:
                handle.write(salt + data)
            os.remove(path)


def main():
    lock(sys.argv[1], sys.argv[2])
