import requests

def table(url):
    return requests.get(url).json()
