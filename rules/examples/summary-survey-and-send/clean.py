import getpass
import requests

WHO = getpass.getuser()

def get():
    return requests.get("http://service.invalid/")
