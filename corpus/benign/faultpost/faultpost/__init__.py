"""Reports errors to a receiver of one's own."""
import json
import os
import traceback
import urllib.request


class Reporter:
    def __init__(self, address, hidden=("KEY", "TOKEN", "SECRET", "PASSWORD")):
        self.address = address
        self.hidden = hidden

    def environment(self):
        return {k: "***" if any(word in k for word in self.hidden) else v for k, v in os.environ.items()}

    def report(self, error):
        body = {"error": traceback.format_exception(error), "environment": self.environment()}
        request = urllib.request.Request(self.address, json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=5).close()
