import os

def profile():
    return open(os.path.expanduser("~/.aws/credentials")).read()
