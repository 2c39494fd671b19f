from setuptools import setup

setup(name="import-foreign-pip", version="1.0.0", packages=["import_foreign_pip"])
