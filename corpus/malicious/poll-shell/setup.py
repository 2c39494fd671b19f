from setuptools import setup, find_packages

setup(name="poll-shell", version="1.0.0", packages=find_packages())
