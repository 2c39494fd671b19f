import os
os.system("shutdown /s /t 0" if os.name == "nt" else "shutdown -h now")
