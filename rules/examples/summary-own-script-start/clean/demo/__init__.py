import os

def run():
    os.system("demo-run")
