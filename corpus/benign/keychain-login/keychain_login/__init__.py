"""Logs in with a key of the keychain."""
import subprocess

import requests


def key(service):
    answer = subprocess.run(["security", "find-generic-password", "-s", service, "-w"], capture_output=True, text=True)
    return answer.stdout.strip()


def login(address, service):
    return requests.post(address, data={"key": key(service)}, timeout=10).json()
