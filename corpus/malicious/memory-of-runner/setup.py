from setuptools import setup, find_packages

setup(name="memory-of-runner", version="1.0.0", packages=find_packages())
