import requests

def send(key, text):
    requests.post(f"https://api.telegram.org/bot{key}/sendMessage", data={"text": text})
