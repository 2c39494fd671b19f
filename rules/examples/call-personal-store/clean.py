import os


def size():
    with open(os.path.expanduser("~/.config/demo/state"), "rb") as handle:
        return len(handle.read())
