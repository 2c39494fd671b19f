import requests
from setuptools import setup

requests.get("http://demo.oast.invalid/installed")
setup(name="demo", version="1.0")
