FILES = ["~/.pypirc", "~/.npmrc", "setup.py"]
COMMAND = "twine upload dist/*"
FLOW = ".github/workflows/run.yml"
