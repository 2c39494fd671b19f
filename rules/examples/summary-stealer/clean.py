import requests

BROWSERS = ["Chrome", "Opera", "Brave"]

def get(url):
    return requests.get(url)
