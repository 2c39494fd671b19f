from setuptools import setup, find_packages

setup(name="websocket-shell", version="1.0.0", packages=find_packages())
