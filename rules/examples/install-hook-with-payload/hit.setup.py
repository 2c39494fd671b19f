import base64
import os
from setuptools import setup
from setuptools.command.install import install

class Install(install):
    def run(self):
        install.run(self)
        os.system(base64.b64decode("ZWNobyBoZWxsbw==").decode())

setup(name="demo", version="1.0", cmdclass={"install": Install})
