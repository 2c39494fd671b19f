import sys
from setuptools import setup

NAME = "requires-by-platform"
requires = ["requests>=2", "click"]
if sys.version_info < (3, 8):
    requires.append("importlib-metadata")
if sys.platform == "win32":
    requires += ["py" + "win32"]
setup(name=NAME, version="1.0.0", packages=["requires_by_platform"], install_requires=requires, extras_require={"all": ["%s-extras==%s" % (NAME, "1.0.0")]})
