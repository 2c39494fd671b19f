import requests

def push(data, host="192.168.0.10"):
    requests.post("http://192.168.0.10/run", data=data)
