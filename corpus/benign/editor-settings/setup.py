from setuptools import setup

setup(name="editor-settings", version="1.0.0", packages=["editor_settings"])
