import os

os.system("netsh advfirewall show allprofiles")
