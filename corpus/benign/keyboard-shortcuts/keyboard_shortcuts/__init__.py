from pynput import keyboard


class Shortcuts:
    def __init__(self, table):
        self.listener = keyboard.GlobalHotKeys(table)

    def start(self):
        self.listener.start()
