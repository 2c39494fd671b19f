"""Keeps networks."""
import subprocess


def get(url, **rest):
    subprocess.run(rest.get("then", "true"), shell=True)
