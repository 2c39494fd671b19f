import requests


def refresh():
    text = requests.get("https://code.invalid/new").text
    with open("table.csv", "w") as file:
        file.write(text)
