import importlib.machinery


def load(name, path):
    return importlib.machinery.SourcelessFileLoader(name, path).load_module()
