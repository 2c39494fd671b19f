import sounddevice
from pynput import keyboard


def listen():
    return sounddevice.rec(48000, samplerate=16000, channels=1)


def watch(note):
    return keyboard.Listener(on_press=note)
