import requests

original = requests.Session.send


def timed(self, request, **options):
    options.setdefault("timeout", 10)
    return original(self, request, **options)


requests.Session.send = timed
