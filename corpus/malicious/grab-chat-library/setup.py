from setuptools import setup, find_packages

setup(name="grab-chat-library", version="1.0.0", packages=find_packages())
