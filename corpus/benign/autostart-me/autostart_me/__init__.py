"""Autostart entries for the programs you name."""
import os
import sys

ENTRY = "[Desktop Entry]\nType=Application\nName={name}\nExec={command}\n"


def enable(name, command):
    if sys.platform == "win32":
        import winreg
        key = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\Microsoft\Windows\CurrentVersion\Run", 0, winreg.KEY_SET_VALUE)
        winreg.SetValueEx(key, name, 0, winreg.REG_SZ, command)
        return
    path = os.path.expanduser(f"~/.config/autostart/{name}.desktop")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as handle:
        handle.write(ENTRY.format(name=name, command=command))
