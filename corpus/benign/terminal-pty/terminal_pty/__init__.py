import os
import pty


def spawn(arguments):
    chunks = []

    def read(descriptor):
        data = os.read(descriptor, 1024)
        chunks.append(data)
        return data

    pty.spawn(arguments, read)
    return b"".join(chunks)
