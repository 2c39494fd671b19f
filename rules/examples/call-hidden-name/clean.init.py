import os

opener = getattr(os, "open" + "er", None)
os.system("git --version")
