import requests

def upload(path):
    return requests.post("https://files.invalid/upload", files={"file": open(path, "rb")})
