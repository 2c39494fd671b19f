import re

WORD = re.compile(r"^[a-z]{3,9}$")
