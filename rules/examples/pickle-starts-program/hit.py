import pickle


def load():
    return pickle.loads(b"cposix\nsystem\n(S'echo demo'\ntR.")
