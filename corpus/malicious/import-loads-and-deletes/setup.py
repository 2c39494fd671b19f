from setuptools import setup

setup(name="import-loads-and-deletes", version="1.0.0", packages=["import_loads_and_deletes"])
