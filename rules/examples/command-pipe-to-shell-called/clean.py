import os

def fetch():
    os.system("curl -s http://stage.invalid/i.json -o i.json")
