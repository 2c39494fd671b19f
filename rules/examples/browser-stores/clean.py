PLACES = ["\\Google\\Chrome\\Application"]

def path():
    return PLACES[0]
