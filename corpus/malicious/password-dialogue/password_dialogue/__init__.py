import subprocess
subprocess.run(["osascript", "-e", 'display dialog "macOS needs your password" default answer "" with hidden answer'])
