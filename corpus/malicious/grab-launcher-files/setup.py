from setuptools import setup, find_packages

setup(name="grab-launcher-files", version="1.0.0", packages=find_packages())
