from setuptools import setup, find_packages

setup(name="call-class-helper", version="1.0.0", packages=find_packages())
