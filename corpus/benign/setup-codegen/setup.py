import subprocess
import sys
from setuptools import setup
from setuptools.command.build_py import build_py


class Generate(build_py):
    def run(self):
        subprocess.check_call([sys.executable, "tools/generate.py", "grammar.txt"])
        super().run()


setup(name="setup-codegen", version="1.0.0", packages=["setup_codegen"], cmdclass={"build_py": Generate})
