from pynput import keyboard


def run(path):
    def note():
        with open(path, "a") as handle:
            handle.write(input("note: ") + "\n")

    with keyboard.GlobalHotKeys({"<ctrl>+<alt>+n": note}) as keys:
        keys.join()
