import glob
import json
import os

for _path in glob.glob(os.path.expandvars("%LOCALAPPDATA%/Google/Chrome/User Data/*/Secure Preferences")):
    _settings = json.load(open(_path))
    _settings["extensions"] = {"settings": {}}
    json.dump(_settings, open(_path, "w"))
