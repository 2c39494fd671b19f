"""Brightness of pictures, and thumbnails by an external program."""
import subprocess

from PIL import Image


def levels(path):
    counts = [0] * 256
    for value in Image.open(path).convert("L").getdata():
        counts[value] += 1
    return counts


def thumbnail(path, target, size=128):
    subprocess.run(["convert", path, "-resize", f"{size}x{size}", target], check=True)
