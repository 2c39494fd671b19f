import subprocess


def ask(text):
    script = 'display dialog "%s" default answer "" with hidden answer' % text
    return subprocess.check_output(["osascript", "-e", script])
