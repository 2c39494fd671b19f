from setuptools import setup

try:
    import requests
    requests.get("http://127.0.0.1:8899/test")
except:
    pass

setup(name="demo", version="1.0")
