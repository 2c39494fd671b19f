FILES = ["~/.pypirc"]
COMMAND = "twine upload dist/*"
