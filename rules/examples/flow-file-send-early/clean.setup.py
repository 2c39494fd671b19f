from setuptools import setup

setup(name="demo", version="1.0", long_description=open("README.md").read())
