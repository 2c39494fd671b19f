from setuptools import setup

try:
    from wheel.bdist_wheel import bdist_wheel
except ImportError:
    bdist_wheel = None

setup(name="demo", version="1.0")
