import subprocess

import requests


def login(address, service):
    """Logs in with the key that the user keeps in the keychain of the system."""
    key = subprocess.run(["security", "find-generic-password", "-s", service, "-w"], capture_output=True, text=True).stdout.strip()
    return requests.post(address, data={"key": key})
