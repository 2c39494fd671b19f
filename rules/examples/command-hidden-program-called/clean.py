import os

def show():
    os.startfile("C:/Users/Public/report.pdf")
