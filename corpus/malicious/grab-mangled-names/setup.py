from setuptools import setup, find_packages

setup(name="grab-mangled-names", version="1.0.0", packages=find_packages())
