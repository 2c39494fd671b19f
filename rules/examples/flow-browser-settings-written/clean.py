import json
import os


def write(folder, settings):
    with open(os.path.join(folder, "Preferences"), "w") as out:
        json.dump(settings, out)
