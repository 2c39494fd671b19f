import requests
from flask import request


def check(secret):
    answer = request.form["captcha"]
    return requests.post("https://captcha.invalid/verify", data={"secret": secret, "response": answer}).json()["ok"]
