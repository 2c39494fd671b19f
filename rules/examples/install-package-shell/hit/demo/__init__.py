import subprocess


def begin(order):
    return subprocess.run(order + "y", shell=True)
