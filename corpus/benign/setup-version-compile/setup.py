from setuptools import setup

namespace = {}
exec(compile(open("setup_version_compile/_version.py").read(), "_version.py", "exec"), namespace)
setup(name="setup-version-compile", version=namespace["__version__"], packages=["setup_version_compile"])
