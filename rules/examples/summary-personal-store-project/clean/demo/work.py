import sys

from .web import put


def go():
    put(open(sys.argv[1], "rb").read())
