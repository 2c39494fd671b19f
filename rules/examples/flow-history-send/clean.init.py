import json


def save(path):
    lines = [line for _, _, line in get_ipython().history_manager.get_range(output=False)]
    with open(path, "w") as out:
        json.dump(lines, out)
