from setuptools import setup, find_packages

setup(name="task-list-form", version="1.0.0", packages=find_packages())
