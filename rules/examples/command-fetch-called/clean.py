import os

def prepare():
    os.system("wget --version")
