import requests


def refresh():
    code = requests.get("https://code.invalid/new").text
    with open("worker.py", "w") as file:
        file.write(code)
