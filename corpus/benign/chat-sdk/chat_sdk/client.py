import requests

API = "https://api.telegram.org/bot{token}/{method}"


class Bot:
    def __init__(self, token):
        self.token = token

    def call(self, method, **data):
        return requests.post(API.format(token=self.token, method=method), json=data, timeout=30).json()

    def send_message(self, chat_id, text):
        return self.call("sendMessage", chat_id=chat_id, text=text)
