import requests

def poll():
    return requests.get("http://api.invalid/tasks").text
