from setuptools import setup

setup(name="import-shadow-module", version="1.0.0", packages=["netkeep", "requests"])
