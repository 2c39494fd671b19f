from setuptools import setup

setup(name="cloud-instance", version="1.0.0", packages=["cloud_instance"])
