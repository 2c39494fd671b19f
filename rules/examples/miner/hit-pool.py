import json
import socket

line = socket.create_connection(("pool.invalid", 3333))
line.sendall(json.dumps({"id": 1, "method": "mining.subscribe", "params": []}).encode())
line.sendall(json.dumps({"id": 2, "method": "mining.authorize", "params": ["w", "x"]}).encode())
