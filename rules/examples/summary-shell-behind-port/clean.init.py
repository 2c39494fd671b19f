import socketserver
import subprocess


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(subprocess.getoutput(line.decode()).encode())


def serve(port):
    socketserver.TCPServer(("127.0.0.1", port), Handler).serve_forever()
