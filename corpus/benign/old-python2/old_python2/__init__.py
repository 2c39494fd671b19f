import string


def show(rows):
    for row in rows:
        print string.join(map(str, row), "\t")
    try:
        pass
    except ValueError, error:
        print >>None, error
