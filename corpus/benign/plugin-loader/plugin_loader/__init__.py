import importlib.util
from importlib.metadata import entry_points


def load_all(group):
    return [entry.load() for entry in entry_points(group=group)]


def load_file(path):
    spec = importlib.util.spec_from_file_location("plugin", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
