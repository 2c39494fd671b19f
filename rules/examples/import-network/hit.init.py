import requests

requests.get("http://beacon.invalid/imported")
