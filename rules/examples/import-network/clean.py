import requests

def get():
    return requests.get("http://service.invalid/")
