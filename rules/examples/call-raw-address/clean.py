import socket

probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
probe.connect(("8.8.8.8", 80))
LOCAL = probe.getsockname()[0]
