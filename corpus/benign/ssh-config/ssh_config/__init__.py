import os


def hosts(path="~/.ssh/config"):
    with open(os.path.expanduser(path)) as config:
        return [line.split()[1] for line in config if line.lower().startswith("host ")]
