import json
import os
import subprocess

SETTINGS = json.load(open(os.path.join(os.path.dirname(__file__), "conf.json")))


def run(name):
    subprocess.call(SETTINGS["commands"][name])
