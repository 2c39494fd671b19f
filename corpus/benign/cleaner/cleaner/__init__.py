import pathlib
import shutil


def clean(root="."):
    for name in ("build", "dist", "__pycache__"):
        for folder in pathlib.Path(root).rglob(name):
            shutil.rmtree(folder, ignore_errors=True)
