from setuptools import setup

setup(name="builder", packages=["builder"])
