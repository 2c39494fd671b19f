NAMES = ["python.exe", "git.exe"]
