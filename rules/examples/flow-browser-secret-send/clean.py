import browser_cookie3
import requests

def session():
    return requests.get("https://site.invalid/", cookies=browser_cookie3.chrome())
