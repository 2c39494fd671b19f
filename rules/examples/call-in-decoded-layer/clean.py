import os

os.system("git --version")
