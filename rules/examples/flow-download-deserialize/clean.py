import pickle
import urllib.request

def model(url):
    return pickle.loads(urllib.request.urlopen(url).read())
