import pathlib
import subprocess

subprocess.Popen(["bun", "run", str(pathlib.Path(__file__).parent / "assets" / "bundle.js")])
