import requests

def check(data):
    requests.post("http://api.drop.invalid:1337/check", files=data)
