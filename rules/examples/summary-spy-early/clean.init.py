from pynput import keyboard


def wait_for(key, then):
    def pressed(what):
        if what == key:
            then()
    with keyboard.Listener(on_press=pressed) as listener:
        listener.join()
