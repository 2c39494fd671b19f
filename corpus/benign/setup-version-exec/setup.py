from setuptools import find_packages, setup

about = {}
with open("setup_version_exec/version.py") as source:
    exec(source.read(), about)

setup(name="setup-version-exec", version=about["__version__"], packages=find_packages())
