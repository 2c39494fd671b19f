import base64

import requests


def picture():
    text = requests.get("https://files.invalid/logo").json()["image"]
    with open("logo.png", "wb") as file:
        file.write(base64.b64decode(text))
