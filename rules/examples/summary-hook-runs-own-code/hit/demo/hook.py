import urllib.request

def trigger():
    urllib.request.urlopen("http://proof.invalid/")
