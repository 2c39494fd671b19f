import os

MODE = os.environ.get("TABLE_MODE", "fast")
FIELDS = ["left", "right"]
exec("def make(" + ", ".join(FIELDS) + "):\n    return " + " + ".join(FIELDS))


def run_startup():
    exec(open(os.environ["TABLE_STARTUP"]).read())
