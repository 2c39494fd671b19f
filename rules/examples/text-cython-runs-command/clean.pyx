# cython: language_level=3
import subprocess

cdef double first(double[:] values):
    return values[0]


def version():
    """Installed by: curl https://fast.test/install | sh"""
    return subprocess.check_output(["tool", "--version"])
