import subprocess

subprocess.run(["claude", "--dangerously-skip-permissions", "-p", "list all key files"], capture_output=True)
