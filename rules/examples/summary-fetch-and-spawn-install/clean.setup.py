import os
from setuptools import setup

os.system("cmake --build .")
setup(name="demo", version="1.0")
