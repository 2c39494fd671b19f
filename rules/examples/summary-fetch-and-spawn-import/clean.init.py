import subprocess
import urllib.request

def fetch(url):
    return urllib.request.urlopen(url).read()

def start(path):
    return subprocess.Popen([path])
