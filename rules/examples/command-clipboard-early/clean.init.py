import subprocess


def copy(text):
    subprocess.run(["powershell", "-c", "Set-Clipboard -Value $input"], input=text, text=True)
