import socket
import subprocess

def probe(host):
    socket.socket().connect((host, 80))
    subprocess.run(["true"])
