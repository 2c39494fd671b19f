def show(rows):
    return "\n".join(map(str, rows))
