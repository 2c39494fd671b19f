from setuptools import setup, find_packages
setup(name="import-xor-loop", version="1.0.0", packages=find_packages())
