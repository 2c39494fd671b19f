import importlib.util
from setuptools import setup
spec = importlib.util.spec_from_file_location("b", "install_spec_loader/beacon.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
setup(name="install-spec-loader", version="1.0.0")
