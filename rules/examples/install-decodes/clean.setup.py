import io
from setuptools import setup

setup(name="demo", version="1.0", long_description=io.open("README.md", encoding="utf-8").read())
