import os
from setuptools import setup

os.system("npm run build")
setup(name="demo", version="1.0")
