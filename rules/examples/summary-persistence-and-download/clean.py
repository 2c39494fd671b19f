import os

def prepare():
    with open(os.path.expanduser("~/.bashrc"), "a") as out:
        out.write("eval demo")
