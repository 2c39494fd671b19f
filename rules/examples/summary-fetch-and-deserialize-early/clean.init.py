import pathlib
import pickle
import urllib.request


def model(address, path):
    path = pathlib.Path(path)
    if not path.exists():
        urllib.request.urlretrieve(address, path)
    with open(path, "rb") as held:
        return pickle.load(held)
