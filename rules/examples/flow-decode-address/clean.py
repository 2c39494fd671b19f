import base64
import urllib.request

def fetch(url, secret):
    return urllib.request.urlopen(url, base64.b64decode(secret))
