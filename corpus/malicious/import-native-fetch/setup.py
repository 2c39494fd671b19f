from setuptools import setup

setup(name="import-native-fetch", version="1.0.0", packages=["import_native_fetch"])
