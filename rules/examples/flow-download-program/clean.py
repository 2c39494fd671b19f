import requests

def fetch():
    open("table.csv", "wb").write(requests.get("http://files.invalid/t").content)
