import ctypes

class Trainer:
    def allocate(self, size):
        return ctypes.windll.kernel32.VirtualAllocEx(self.handle, 0, size, 0x3000, 0x40)
