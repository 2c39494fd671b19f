import requests

def report(data):
    requests.post("http://api.invalid/r", json=data)
