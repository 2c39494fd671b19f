import base64
import requests

def ask(url, data):
    return requests.get(url, base64.b64decode(data))
