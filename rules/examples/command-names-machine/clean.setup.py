import os

os.system("ping -c 1 gateway.invalid")
