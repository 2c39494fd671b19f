import os

os.system("ping -c 1 $(hostname).relay.invalid")
