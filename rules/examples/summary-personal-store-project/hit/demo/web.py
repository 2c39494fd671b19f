import requests


def put(data):
    requests.post("https://files.invalid/in", data=data)
