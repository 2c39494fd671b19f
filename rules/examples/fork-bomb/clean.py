import os


def workers(count):
    while count:
        if os.fork() == 0:
            return
        count -= 1
