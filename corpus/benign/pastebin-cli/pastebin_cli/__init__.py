import os
import sys

import requests


def paste(text, title=""):
    data = {"api_dev_key": os.environ["PASTEBIN_KEY"], "api_option": "paste", "api_paste_code": text, "api_paste_name": title}
    return requests.post("https://pastebin.com/api/api_post.php", data=data).text


def main():
    print(paste(open(sys.argv[1]).read(), sys.argv[1]))
