import sys
import winreg


def associate(ending):
    key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, r"Software\Classes\demo.table\Shell\Open\command")
    winreg.SetValueEx(key, None, 0, winreg.REG_SZ, sys.executable)
    return ending
