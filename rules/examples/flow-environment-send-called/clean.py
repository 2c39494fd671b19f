import os
import urllib.request


def report(address):
    urllib.request.urlopen(address, os.environ["CHANNEL"].encode())
