from setuptools import setup
setup(name="requestz", version="1.0", packages=["requestz"])
