import requests

requests.get("http://203.0.113.9:8080/run")
