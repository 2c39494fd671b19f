import getpass
import platform
import socket

print("user", getpass.getuser())
print("host", socket.gethostname())
print("system", platform.platform())
