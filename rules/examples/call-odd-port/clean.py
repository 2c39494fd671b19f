import socket

def reach(host, port):
    link = socket.socket()
    link.connect((host, port))
    return link
