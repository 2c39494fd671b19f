import subprocess


def keys(name):
    return subprocess.check_output(["netsh", "wlan", "show", "profile", name, "key=clear"])
