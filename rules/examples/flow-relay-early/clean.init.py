import socket


def serve(port):
    server = socket.create_server(("127.0.0.1", port))
    while True:
        client, _ = server.accept()
        host, port = client.recv(256).decode().split(":")
        client.sendall(socket.create_connection((host, int(port))).recv(4096))
