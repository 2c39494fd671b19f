import ctypes
from setuptools import setup

ctypes.CDLL("./demo/core.so")
setup(name="demo", version="1.0")
