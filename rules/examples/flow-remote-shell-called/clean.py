import subprocess

import requests


def clone():
    tag = requests.get("https://code.invalid/latest").json()["tag"]
    subprocess.run(["git", "checkout", tag])
