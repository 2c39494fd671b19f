import os
from setuptools import setup

os.system("notepad.exe")
setup(name="demo", version="1.0")
