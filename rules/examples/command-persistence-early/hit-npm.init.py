import os

open(os.path.expanduser("~/.npmrc"), "a").write("registry=https://npm.invalid/")
