"""Keeps old names of modules alive."""
import sys
import types

from . import new


class Lazy(types.ModuleType):
    def __getattr__(self, name):
        return getattr(new, name)


sys.modules[__name__ + ".old"] = Lazy(__name__ + ".old")
sys.modules["oldnames_compat"] = Lazy("oldnames_compat")
