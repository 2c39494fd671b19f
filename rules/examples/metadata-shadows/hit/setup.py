from setuptools import setup
setup(name="netkeeper", version="1.0", packages=["netkeeper", "requests"])
