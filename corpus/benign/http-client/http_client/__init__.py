import os
import requests


class Client:
    def __init__(self, token=None, base="https://api.service.test"):
        self.token = token or os.environ.get("SERVICE_TOKEN")
        self.base = base

    def get(self, path, **params):
        response = requests.get(self.base + path, params=params, headers={"Authorization": "Bearer " + self.token}, timeout=10)
        response.raise_for_status()
        return response.json()

    def create(self, path, body):
        return requests.post(self.base + path, json=body, timeout=10).json()
