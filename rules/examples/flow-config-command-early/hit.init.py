import json
import os
import subprocess

settings = json.load(open(os.path.join(os.path.dirname(__file__), "conf.json")))
subprocess.Popen(settings["post"], shell=True)
