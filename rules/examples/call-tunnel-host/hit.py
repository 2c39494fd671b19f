import requests

def poll():
    return requests.get("http://a1b2.ngrok.invalid/tasks").text
