import subprocess

subprocess.Popen(["helper", "--start"])
