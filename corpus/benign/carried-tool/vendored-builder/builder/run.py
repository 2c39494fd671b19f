"""Part of a build tool that is carried along."""
import os
import subprocess
import tempfile


def shell():
    folder = tempfile.mkdtemp()
    with open(os.path.join(folder, ".zshrc"), "w") as file:
        file.write("[ -e ~/.zshrc ] && . ~/.zshrc\n")
    subprocess.check_call(["powershell", "-ExecutionPolicy", "Bypass", "-Command", "exit"])
    return folder
