from setuptools import setup

setup(name="loose-bootstrap", version="1.0.0", packages=["loose_bootstrap"])
