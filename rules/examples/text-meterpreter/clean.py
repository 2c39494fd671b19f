import socket
import struct

def length(data):
    return struct.unpack(">I", data[:4])[0]
