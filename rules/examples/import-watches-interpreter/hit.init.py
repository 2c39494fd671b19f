import sys


def seen(event, arguments):
    if event == "open":
        print(arguments)


sys.addaudithook(seen)
