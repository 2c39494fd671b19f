import requests

TARGET = "https://demo.webhook.site/x"

def tell(text):
    requests.post(TARGET, data=text)
