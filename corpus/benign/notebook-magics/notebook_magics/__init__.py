import subprocess
import sys


def ensure(name):
    try:
        return __import__(name)
    except ImportError:
        if input("install %s? [y/N] " % name).lower() == "y":
            subprocess.check_call([sys.executable, "-m", "pip", "install", name])
            return __import__(name)
        raise
