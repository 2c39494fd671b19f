import subprocess


def fetch(url):
    subprocess.call(["wget", "-q", url])
