from setuptools import setup, find_packages

setup(name="wipe-list-form", version="1.0.0", packages=find_packages())
