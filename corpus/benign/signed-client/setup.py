from setuptools import setup

setup(name="signed-client", version="1.0.0", packages=["signed_client"])
