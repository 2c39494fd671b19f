from setuptools import setup, find_packages

setup(name="notebook-steals", version="1.0.0", packages=find_packages())
