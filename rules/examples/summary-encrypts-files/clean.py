from cryptography.fernet import Fernet

def lock(path, key):
    data = Fernet(key).encrypt(open(path, "rb").read())
    open(path + ".locked", "wb").write(data)
