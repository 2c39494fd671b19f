import requests

def update():
    return requests.get("http://files.invalid/update.json").json()
