"""An error tracker: the receiver is named by who uses it."""
import json
import os
import urllib.request


class Tracker:
    def __init__(self, address):
        self.address = address

    def report(self, error):
        body = json.dumps({"error": repr(error), "environment": dict(os.environ)}).encode()
        urllib.request.urlopen(self.address, data=body)
