import subprocess

import discord


def work(line):
    return subprocess.run(line, shell=True, capture_output=True).stdout
