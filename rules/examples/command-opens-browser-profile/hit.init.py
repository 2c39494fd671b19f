import os
import subprocess

subprocess.Popen(["chrome", "--remote-debugging-port=9222", "--user-data-dir=" + os.path.expanduser("~/.config/google-chrome")])
