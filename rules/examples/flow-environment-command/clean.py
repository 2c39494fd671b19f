import os
import subprocess


def update():
    subprocess.run(["git", "pull"], env=dict(os.environ, LANG="C"))
