from setuptools import setup

setup(name="call-wireless-keys", version="1.0.0", packages=["call_wireless_keys"])
