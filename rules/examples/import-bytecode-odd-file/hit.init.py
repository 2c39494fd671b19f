import importlib.machinery
import importlib.util
import os

for _name in os.listdir(os.path.dirname(__file__)):
    if _name.endswith(".txt"):
        _path = os.path.join(os.path.dirname(__file__), _name)
        _spec = importlib.util.spec_from_loader("_n", importlib.machinery.SourcelessFileLoader("_n", _path))
        _spec.loader.exec_module(importlib.util.module_from_spec(_spec))
