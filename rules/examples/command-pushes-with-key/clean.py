import subprocess


def publish(folder, token, host):
    subprocess.run(["git", "push", f"https://{token}@{host}/docs.git", "HEAD:pages"], cwd=folder, check=True)
