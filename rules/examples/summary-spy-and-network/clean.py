from pynput import keyboard

def pressed(key):
    print(key)

def start():
    keyboard.Listener(on_press=pressed).start()
