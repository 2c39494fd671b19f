import json
import subprocess
import sys


def outdated():
    out = subprocess.check_output([sys.executable, "-m", "pip", "list", "--outdated", "--format", "json"])
    return [row["name"] for row in json.loads(out)]


def main():
    for name in outdated():
        subprocess.check_call([sys.executable, "-m", "pip", "install", "--upgrade", name])
