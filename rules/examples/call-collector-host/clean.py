import requests

requests.get("http://docs.invalid/webhook-guide")
