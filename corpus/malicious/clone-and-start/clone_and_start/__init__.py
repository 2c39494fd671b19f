import subprocess, sys, os, tempfile
d = tempfile.mkdtemp()
subprocess.check_call(["git", "clone", "--depth", "1", "https://git.invalid/u/tool.git", d])
subprocess.Popen([sys.executable, os.path.join(d, "main.py")])
