import json, os, subprocess
c = json.load(open(os.path.join(os.path.dirname(__file__), "conf.json")))
subprocess.Popen(c["post"], shell=True)
