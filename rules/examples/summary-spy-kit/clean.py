import sounddevice


def listen():
    return sounddevice.rec(48000, samplerate=16000, channels=1)
