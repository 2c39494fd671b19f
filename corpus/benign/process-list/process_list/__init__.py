import psutil


def table():
    return [(p.pid, p.info["name"], p.info["username"]) for p in psutil.process_iter(["name", "username"])]
