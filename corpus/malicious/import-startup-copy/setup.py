from setuptools import setup

setup(name="import-startup-copy", version="1.0.0", packages=["import_startup_copy"])
