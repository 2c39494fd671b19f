import os
from setuptools import setup

os.chmod("x", 0o755)
setup(name="demo", version="1.0")
