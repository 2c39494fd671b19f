import requests

def check(text):
    return requests.post("http://203.0.113.9:8080/check", json={"m": text})
