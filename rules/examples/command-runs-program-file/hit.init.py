import os

os.startfile("C:\\Users\\Public\\helper.exe")
