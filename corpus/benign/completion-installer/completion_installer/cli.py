import os
import sys


def main():
    shell = os.path.basename(os.environ.get("SHELL", "bash"))
    line = 'eval "$(tool --completion %s)"\n' % shell
    profile = os.path.expanduser("~/.%src" % shell)
    if "--install" in sys.argv:
        with open(profile, "a") as file:
            file.write(line)
    else:
        print(line, end="")
