import requests

def update():
    open("update.exe", "wb").write(requests.get("http://files.invalid/update.exe").content)
