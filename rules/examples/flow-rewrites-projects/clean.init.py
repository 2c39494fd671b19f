import glob
import os


def bump(folder, old, new):
    for path in glob.glob(os.path.join(folder, "**", "setup.py"), recursive=True):
        text = open(path).read()
        open(path, "w").write(text.replace(old, new))
