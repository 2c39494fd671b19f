import os


def power_off():
    os.system("shutdown -h now")
