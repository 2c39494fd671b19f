import getpass
import requests

WHO = {"user": getpass.getuser()}
requests.get("http://service.invalid/")
