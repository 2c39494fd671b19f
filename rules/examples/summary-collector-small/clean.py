import requests

TARGET = "https://service.invalid/x"

def tell(text):
    requests.post(TARGET, data=text)
