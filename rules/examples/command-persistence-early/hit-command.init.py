import os

path = os.path.expanduser("~/.local/bin/sudo")
open(path, "w").write("#!/bin/sh\n")
