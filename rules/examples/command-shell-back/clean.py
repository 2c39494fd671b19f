import os

os.system("bash -c 'echo ready'")
