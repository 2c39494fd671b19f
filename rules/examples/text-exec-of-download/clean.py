import urllib.request

def run(url):
    text = urllib.request.urlopen(url).read()
    return text
