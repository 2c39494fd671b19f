from setuptools import setup, find_packages

setup(name="git-hook", version="1.0.0", packages=find_packages())
