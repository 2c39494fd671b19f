import getpass
import os
import platform
import socket
import uuid

import psutil


def banner():
    return "\n".join([
        f"{getpass.getuser()}@{socket.gethostname()}", platform.platform(), platform.processor(),
        f"{psutil.virtual_memory().total >> 30} GiB", hex(uuid.getnode()), os.environ.get("SHELL", ""),
    ])


def main():
    print(banner())
