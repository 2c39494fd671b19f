from setuptools import setup, find_packages
setup(name="old-python2", version="1.0.0", packages=find_packages())
