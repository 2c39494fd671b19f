import subprocess
import requests


def report(url):
    requests.post(url, data=subprocess.check_output(["git", "log", "-1"]))
