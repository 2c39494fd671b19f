import requests

def tell(text):
    requests.post("https://discord.com/api/webhooks/100000000000000000/AAAAAAAAAAAAAAAAAAAA", json={"content": text})
