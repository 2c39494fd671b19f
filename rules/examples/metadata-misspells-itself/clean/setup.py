from setuptools import setup
setup(name="colourtables", version="1.0", packages=["colourtable"])
