import requests

def check(data):
    requests.post("http://api.drop.invalid/check", files=data)
