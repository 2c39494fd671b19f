import sys


def trace(hook):
    sys.addaudithook(hook)
