import os

folder = os.path.expanduser("~/.ipython/profile_default/startup")
open(os.path.join(folder, "00-x.py"), "w").write("import demo_sync")
