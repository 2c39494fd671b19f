import os

def start():
    os.system("git --version")
