import getpass

import keyring
import requests


def session(base, user=None):
    user = user or getpass.getuser()
    password = keyring.get_password(base, user)
    if password is None:
        password = getpass.getpass("Password: ")
        keyring.set_password(base, user, password)
    client = requests.Session()
    client.post(base + "/login", data={"user": user, "password": password}).raise_for_status()
    return client
