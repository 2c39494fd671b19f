import requests


class Notifier:
    def __init__(self, url):
        self.url = url

    def alert(self, text):
        requests.post(self.url, json={"content": "@everyone " + text})
