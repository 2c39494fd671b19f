import subprocess
import sys

def update():
    subprocess.check_call([sys.executable, "-m", "pip", "install", "--upgrade", "demo"])
