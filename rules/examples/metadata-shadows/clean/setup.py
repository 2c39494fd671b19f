from setuptools import setup
setup(name="requests-keeper", version="1.0", packages=["requests_keeper"])
