import json
import urllib.request

__version__ = "1.0.0"


def newer():
    with urllib.request.urlopen("https://index.example/pypi/update-check/json", timeout=3) as answer:
        return json.load(answer)["info"]["version"] != __version__
