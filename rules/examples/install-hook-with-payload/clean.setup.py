import subprocess
from setuptools import setup
from setuptools.command.build_ext import build_ext

class Build(build_ext):
    def run(self):
        subprocess.check_call(["cmake", "--build", "."])
        build_ext.run(self)

setup(name="demo", version="1.0", cmdclass={"build_ext": Build})
