from setuptools import setup

setup(name="demo-colours", version="1.0")
