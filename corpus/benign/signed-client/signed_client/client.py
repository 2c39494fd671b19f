"""Every request carries a token that is signed with the key of its caller."""
import time

import jwt
import requests


class Client:
    def __init__(self, base, private_key, key_id):
        self.base = base
        self.private_key = private_key
        self.key_id = key_id

    def token(self):
        return jwt.encode({"iat": int(time.time())}, self.private_key, algorithm="ES256", headers={"kid": self.key_id})

    def orders(self):
        return requests.get(f"{self.base}/orders", headers={"Authorization": f"Bearer {self.token()}"}).json()


def login(base, username, password):
    return requests.post(f"{base}/login", json={"username": username, "password": password}).json()["token"]
