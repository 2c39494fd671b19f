import os
import sys


def daemonize():
    if os.fork():
        sys.exit()
    os.setsid()
    if os.fork():
        sys.exit()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
