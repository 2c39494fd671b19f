import os

os.system("demo-run")
