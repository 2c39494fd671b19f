from setuptools import setup
from setuptools.command.install import install

class Install(install):
    def run(self):
        install.run(self)
        from demo.hook import trigger
        trigger()

setup(name="demo", version="1.0", cmdclass={"install": Install})
