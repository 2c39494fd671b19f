import os
from setuptools import setup
from setuptools.command.build_py import build_py

class Build(build_py):
    def run(self):
        os.system("npm run build")
        build_py.run(self)

setup(name="demo", version="1.0", cmdclass={"build_py": Build})
