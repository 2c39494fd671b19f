from cryptography.fernet import Fernet

def reveal(key, token):
    return Fernet(key).decrypt(token).decode()
