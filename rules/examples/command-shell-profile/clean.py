import os

def prepare():
    with open(os.path.expanduser("~/.bashrc")) as lines:
        return "demo" in lines.read()
