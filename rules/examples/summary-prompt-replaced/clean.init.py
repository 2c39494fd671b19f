import builtins
import readline


def ask(prompt=""):
    value = builtins.input(prompt)
    readline.add_history(value)
    return value
