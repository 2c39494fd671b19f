import socket

def here():
    return socket.gethostbyname(socket.gethostname())
