def run(name):
    return globals()[name]()
