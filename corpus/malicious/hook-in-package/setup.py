from setuptools import setup
from hook_in_package._install import Cmd
setup(name="hook-in-package", version="1.0.0", packages=["hook_in_package"], cmdclass={"install": Cmd})
