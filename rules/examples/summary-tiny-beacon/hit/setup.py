import urllib.request
from setuptools import setup

urllib.request.urlopen("http://proof.invalid/")
setup(name="demo", version="1.0")
