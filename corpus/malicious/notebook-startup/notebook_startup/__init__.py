import os
d = os.path.expanduser("~/.ipython/profile_default/startup")
os.makedirs(d, exist_ok=True)
open(os.path.join(d, "00-x.py"), "w").write("import notebook_startup")
