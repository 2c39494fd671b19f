import winreg

import requests


def send(address, name):
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, "SOFTWARE\\Demo\\Browser") as key:
        requests.post(address, json={"value": winreg.QueryValueEx(key, name)[0]})
