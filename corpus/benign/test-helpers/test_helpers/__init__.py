import doctest
import runpy
import subprocess
import sys


def run_examples(path):
    return doctest.testfile(path, module_relative=False)


def run_script(path, *arguments):
    return subprocess.run([sys.executable, path, *arguments], capture_output=True, text=True)


def run_module(name):
    return runpy.run_module(name, run_name="__main__")
