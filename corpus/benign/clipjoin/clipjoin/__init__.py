import shutil
import subprocess

FFMPEG = shutil.which("ffmpeg") or "ffmpeg"


def to_gif(source, target, fps=12, width=480):
    subprocess.check_call([FFMPEG, "-y", "-i", source, "-vf", f"fps={fps},scale={width}:-1", target])


def version():
    return subprocess.check_output([FFMPEG, "-version"], text=True).splitlines()[0]
