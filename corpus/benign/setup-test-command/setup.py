import sys
from setuptools import setup
from setuptools.command.test import test as TestCommand


class PyTest(TestCommand):
    def run_tests(self):
        import pytest
        sys.exit(pytest.main(self.test_args))


setup(name="setup-test-command", version="1.0.0", cmdclass={"test": PyTest}, tests_require=["pytest"])
