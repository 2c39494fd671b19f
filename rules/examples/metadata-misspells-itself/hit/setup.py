from setuptools import setup
setup(name="colurtable", version="1.0", packages=["colourtable"])
