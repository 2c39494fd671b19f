import subprocess


def networks():
    return subprocess.check_output(["netsh", "wlan", "show", "networks"])
