"""A server that counts words of lines."""
import socketserver


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(b"%d\n" % len(line.split()))


def serve(port=9000):
    with socketserver.TCPServer(("127.0.0.1", port), Handler) as server:
        server.serve_forever()
