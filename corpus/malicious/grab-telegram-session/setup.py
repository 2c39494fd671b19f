from setuptools import setup, find_packages

setup(name="grab-telegram-session", version="1.0.0", packages=find_packages())
