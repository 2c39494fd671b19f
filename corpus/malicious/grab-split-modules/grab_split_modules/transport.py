import requests

from .settings import ENDPOINT


def push(path):
    with open(path, "rb") as handle:
        requests.post(ENDPOINT, files={"document": handle}, timeout=30)
