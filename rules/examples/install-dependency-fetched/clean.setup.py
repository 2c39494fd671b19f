from setuptools import setup

with open("requirements.txt") as lines:
    setup(name="demo", version="1.0", packages=["demo"], install_requires=lines.read().split())
