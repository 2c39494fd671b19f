import re
import requests

page = requests.get("https://t.me/s/a_channel_that_is_not_there").text
host = re.search(r"next:(\S+)", page).group(1)
requests.get("https://" + host)
