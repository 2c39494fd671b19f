import socket
import sys
from concurrent.futures import ThreadPoolExecutor


def is_open(host, port):
    with socket.socket() as sock:
        sock.settimeout(0.5)
        return sock.connect_ex((host, port)) == 0


def main():
    host = sys.argv[1]
    with ThreadPoolExecutor(64) as pool:
        for port, state in zip(range(1, 1025), pool.map(lambda port: is_open(host, port), range(1, 1025))):
            if state:
                print(port)
