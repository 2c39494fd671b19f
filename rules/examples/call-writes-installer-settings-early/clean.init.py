import configparser
import os


def use_mirror(address):
    path = os.path.expanduser("~/.config/pip/pip.conf")
    settings = configparser.ConfigParser()
    settings["global"] = {"index-url": address}
    with open(path, "w") as out:
        settings.write(out)
