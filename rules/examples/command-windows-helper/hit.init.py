import subprocess

subprocess.Popen(["cscript", "//nologo", "update.vbs"])
