import requests
from setuptools import setup

requests.post("http://collect.invalid/", data={"installed": "demo"})
setup(name="demo", version="1.0")
