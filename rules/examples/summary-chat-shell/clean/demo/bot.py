import subprocess

import discord


def work(name):
    return subprocess.run(["ffmpeg", "-i", name, "out.ogg"]).returncode
