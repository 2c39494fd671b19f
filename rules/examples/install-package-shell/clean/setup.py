from setuptools import setup
from demo import version

setup(name="demo", version=version(), packages=["demo"])
