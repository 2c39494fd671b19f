import subprocess
import sys
import urllib.request


def show(name):
    rows = urllib.request.urlopen("https://tables.invalid/" + name).read()
    return subprocess.run([sys.executable, "-m", "json.tool"], input=rows, capture_output=True).stdout
