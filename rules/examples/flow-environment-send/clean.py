import os
import requests

def post(data):
    return requests.post("https://api.invalid/v1", json=data, headers={"X-Token": os.environ["DEMO_TOKEN"]})
