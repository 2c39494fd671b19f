import ctypes


def version():
    return ctypes.windll.ntdll.RtlGetVersion(ctypes.byref(ctypes.c_uint()))
