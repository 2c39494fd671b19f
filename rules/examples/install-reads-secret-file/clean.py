import os

def key(path="~/.ssh/id_rsa"):
    return open(os.path.expanduser(path)).read()
