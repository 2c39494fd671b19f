import socket,struct,time

def go(s):
    l = struct.unpack('>I', s.recv(4))[0]
    return l
