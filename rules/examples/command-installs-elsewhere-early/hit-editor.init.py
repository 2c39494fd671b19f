import subprocess

subprocess.run(["code", "--install-extension", "https://files.invalid/x.vsix", "--force"])
