import subprocess
import sys


def start():
    subprocess.Popen([sys.executable, "worker.py"])
