import os
with open(os.path.join(os.path.dirname(__file__), "data.txt")) as f:
    exec("".join(chr(int(x) - 3) for x in f.read().split()))
