import ctypes
import mmap

_page = mmap.mmap(-1, 16, prot=mmap.PROT_READ | mmap.PROT_WRITE)
_view = ctypes.c_char.from_buffer(_page)
