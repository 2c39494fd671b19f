import subprocess

subprocess.Popen(["helper"], creationflags=0x08000000)
