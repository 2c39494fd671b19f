import subprocess
from setuptools import Extension, setup

flags = subprocess.run(["pkg-config", "--cflags", "--libs", "zlib"], capture_output=True, text=True).stdout.split()
setup(name="setup-pkg-config", version="1.0.0", ext_modules=[Extension("z", ["z.c"], extra_compile_args=flags)])
