import requests


class Web:
    url = "https://cc.example.invalid/p"

    def put(self, blob):
        return requests.post(self.url, data=blob)
