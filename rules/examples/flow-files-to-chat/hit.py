import requests

def send(key, path):
    requests.post(f"https://api.telegram.org/bot{key}/sendDocument", files={"document": open(path, "rb")})
