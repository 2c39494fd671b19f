import socket

LOCAL = socket.gethostbyname("localhost")

def lookup(name):
    return socket.gethostbyname(name)
