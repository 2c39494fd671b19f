import pickle


def load():
    return pickle.loads(b"(lp0\nI1\naI2\na.")
