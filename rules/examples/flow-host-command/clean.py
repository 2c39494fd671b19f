import socket
import subprocess


def reachable():
    return subprocess.call(["ping", "-c", "1", socket.gethostname()]) == 0
