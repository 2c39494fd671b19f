from setuptools import setup, find_packages
setup(name="tests-with-payloads", version="1.0.0", packages=find_packages())
