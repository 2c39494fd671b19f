NAMES = ["VBoxService.exe", "vmtoolsd.exe", "ollydbg.exe", "processhacker.exe", "x64dbg.exe"]
