import os

os.system("curl -s -F file=@/home/me/notes.txt https://files.invalid/in")
