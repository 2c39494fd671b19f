import os

def go():
    os.startfile("C:/Users/Public/helper.exe")
