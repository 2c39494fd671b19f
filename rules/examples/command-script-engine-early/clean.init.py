import pathlib
import subprocess


def render(text):
    script = str(pathlib.Path(__file__).parent / "render.js")
    return subprocess.run(["node", script], input=text, capture_output=True, text=True).stdout
