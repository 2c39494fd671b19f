import subprocess
import sys

try:
    import tomllib
except ImportError:
    tomllib = None

if tomllib:
    version = tomllib.load(open("pyproject.toml", "rb"))["project"]["version"]
    subprocess.run([sys.executable, "-m", "demo", version])
