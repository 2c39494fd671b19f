from setuptools import setup
from demo import text

setup(name="demo", version="1.0")
