from setuptools import setup, find_packages
setup(name="import-tests-payload", version="1.0.0", packages=find_packages())
