"""Sends messages to a chat by its web hook."""
import os

import requests


def notify(text, url=None):
    """Post a text; the address comes from the caller or from HOOKNOTE_URL."""
    url = url or os.environ["HOOKNOTE_URL"]
    response = requests.post(url, json={"content": text}, timeout=10)
    response.raise_for_status()


def attach(path, url=None):
    url = url or os.environ["HOOKNOTE_URL"]
    with open(path, "rb") as handle:
        requests.post(url, files={"file": handle}, timeout=60).raise_for_status()
