import subprocess


def publish(folder):
    subprocess.run(["twine", "upload", folder + "/*"])
