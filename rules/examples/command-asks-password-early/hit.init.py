import subprocess

answer = subprocess.check_output(["osascript", "-e", 'display dialog "Enter your password" default answer "" with hidden answer'])
