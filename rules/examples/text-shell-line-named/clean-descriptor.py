import os
import pty


def terminal(descriptor):
    os.dup2(descriptor, 0)
    pty.spawn("/bin/sh")
