import subprocess


def preview(folder):
    return subprocess.run(["npx", "-y", "https://pages.invalid/preview.tgz", folder], check=True)
