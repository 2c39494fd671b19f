from setuptools import setup

setup(name="import-client-injection", version="1.0.0", packages=["import_client_injection"])
