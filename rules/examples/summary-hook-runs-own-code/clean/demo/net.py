import urllib.request

def get(url):
    return urllib.request.urlopen(url)
