from setuptools import setup

setup(name="call-hidden-address", version="1.0.0", packages=["call_hidden_address"])
