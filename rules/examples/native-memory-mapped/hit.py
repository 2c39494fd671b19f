import mmap


def run(code):
    area = mmap.mmap(-1, len(code), prot=7)
    area.write(code)
    return area
