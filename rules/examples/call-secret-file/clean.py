import os

def profile():
    return open(os.path.expanduser("~/.demo/settings.toml")).read()
