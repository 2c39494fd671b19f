import subprocess


def run(path, pool):
    subprocess.Popen([path, "--pool", str(pool), "--listen", "127.0.0.1:8080"])
