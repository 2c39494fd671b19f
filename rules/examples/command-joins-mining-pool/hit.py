import subprocess


def run(path):
    subprocess.Popen([path, "-u", "wallet.worker", "-o", "pool.invalid:8080"], stdin=subprocess.DEVNULL)
