import requests

def push(data):
    requests.post("http://service.invalid/run", data=data)
