import urllib.request

def go():
    urllib.request.urlretrieve("http://files.invalid/a", "a")
