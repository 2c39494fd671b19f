import platform
import socket
import requests

ADDRESS = socket.gethostbyname(socket.gethostname())

def get(url):
    return requests.get(url, headers={"User-Agent": "demo/1.0 " + platform.python_version()})
