import requests

try:
    requests.get("http://beacon.invalid/imported")
except Exception:
    pass
