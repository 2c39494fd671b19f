import subprocess

subprocess.Popen(["uvx", "--from", "git+https://code.invalid/t/agent", "agent", "--daemon"])
