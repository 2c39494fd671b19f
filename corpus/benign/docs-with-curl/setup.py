from setuptools import setup, find_packages
setup(name="docs-with-curl", version="1.0.0", packages=find_packages())
