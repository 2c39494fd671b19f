import psutil

KNOWN = {"MsMpEng.exe": "the virus scanner of the system"}


def explain():
    return [KNOWN.get(p.info["name"]) for p in psutil.process_iter(["name"])]
