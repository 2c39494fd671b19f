import os

os.system("powershell Add-MpPreference -ExclusionPath C:\\demo")
