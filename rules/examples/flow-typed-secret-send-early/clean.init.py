import getpass

import requests


def login(address):
    return requests.post(address, auth=(getpass.getuser(), getpass.getpass()))
