import base64
from setuptools import setup

setup(name=base64.b64decode("ZGVtbw==").decode(), version="1.0")
