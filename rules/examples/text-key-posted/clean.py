import requests

def sign(private_key, text):
    return requests.post("https://node.invalid/", json={"signed": text})
