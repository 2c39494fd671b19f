import ctypes

def title(text):
    ctypes.windll.kernel32.SetConsoleTitleW(text)
