import sys

if sys.platform == "win32":
    import ctypes

    kernel32 = ctypes.windll.kernel32
    kernel32.SetConsoleMode(kernel32.GetStdHandle(-11), 7)


def red(text):
    return "\x1b[31m" + text + "\x1b[0m"
