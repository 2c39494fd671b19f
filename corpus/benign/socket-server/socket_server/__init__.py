import socket
import threading


def serve(port=7000):
    with socket.socket() as server:
        server.bind(("127.0.0.1", port))
        server.listen()
        while True:
            client, _ = server.accept()
            threading.Thread(target=echo, args=(client,)).start()


def echo(client):
    with client:
        while data := client.recv(4096):
            client.sendall(data)
