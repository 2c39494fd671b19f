import os
import subprocess


def shown(path):
    with open(os.path.join(os.path.dirname(__file__), "static", "logo.png"), "rb") as held:
        picture = held.read()
    with open(path, "wb") as out:
        out.write(picture)
    subprocess.Popen(["xdg-open", path])
