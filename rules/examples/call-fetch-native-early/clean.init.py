import os
import urllib.request


def fetch():
    path = os.path.join(os.path.dirname(__file__), "_fast.pyd")
    urllib.request.urlretrieve("https://files.invalid/fast.pyd", path)
