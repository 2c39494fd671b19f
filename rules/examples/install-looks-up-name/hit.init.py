import socket

socket.gethostbyname("proof.c2.invalid")
