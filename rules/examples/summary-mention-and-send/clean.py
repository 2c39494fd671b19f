import requests

def tell(where, user):
    requests.post(where, json={"content": user})
