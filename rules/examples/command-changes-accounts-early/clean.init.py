import os


def account(name):
    os.system("useradd -m " + name)


os.system("chmod 755 build.sh")
