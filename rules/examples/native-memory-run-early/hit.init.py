import ctypes

area = ctypes.windll.kernel32.VirtualAlloc(0, 4096, 0x3000, 0x40)
