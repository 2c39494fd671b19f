import json
import threading
import urllib.request

__version__ = "1.0.0"


def _check():
    try:
        with urllib.request.urlopen("https://index.test/pypi/latest-check/json", timeout=2) as answer:
            latest = json.load(answer)["info"]["version"]
        if latest != __version__:
            print("a newer version is there:", latest)
    except Exception:
        pass


def check():
    threading.Thread(target=_check, daemon=True).start()
