import socket
import subprocess


def output(text):
    return subprocess.getoutput(text)


def send(host, port, text):
    with socket.create_connection((host, port)) as line:
        line.sendall(text)
