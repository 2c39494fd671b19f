def broken(:
    return ]
