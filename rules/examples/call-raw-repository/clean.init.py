import requests

TABLE = requests.get("https://data.invalid/table.csv").text
