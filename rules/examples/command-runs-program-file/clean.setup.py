import subprocess
from setuptools import setup

subprocess.call(["vcvarsall.bat", "x64"])
setup(name="demo", version="1.0")
