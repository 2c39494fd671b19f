import socket

def ask(host):
    s = socket.socket()
    s.connect((host, 80))
    return s.recv(1024).decode().split(":")
