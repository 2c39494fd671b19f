import subprocess
from setuptools import setup

subprocess.call(["cmake", "."])
setup(name="demo", version="1.0")
