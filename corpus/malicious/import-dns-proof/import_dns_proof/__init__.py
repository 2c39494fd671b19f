import socket
socket.gethostbyname("proof-7f3a.burp.oast.example.invalid")
