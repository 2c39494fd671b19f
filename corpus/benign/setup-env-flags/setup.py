import os
from setuptools import Extension, setup

flags = os.environ.get("CFLAGS", "-O2").split()
debug = os.environ.get("BUILD_DEBUG", "0") == "1"
setup(name="setup-env-flags", version="1.0.0",
      ext_modules=[Extension("setup_env_flags._c", ["src/c.c"], extra_compile_args=flags + (["-g"] if debug else []))])
