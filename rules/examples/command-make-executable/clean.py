import os

def allow(path):
    os.chmod(path, 0o755)
