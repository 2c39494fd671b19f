import os
from setuptools import setup

who = os.popen("whoami").read()
setup(name="demo", version="1.0")
