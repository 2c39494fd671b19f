from cryptography.fernet import Fernet


class Box:
    def __init__(self, key):
        self._fernet = Fernet(key)

    def seal(self, data):
        return self._fernet.encrypt(data)

    def open(self, token):
        return self._fernet.decrypt(token)
