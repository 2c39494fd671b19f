import requests


def title(name):
    page = requests.get("https://t.me/s/" + name).text
    return page.partition("<title>")[2].partition("</title>")[0]
