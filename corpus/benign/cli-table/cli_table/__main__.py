import sys
from . import table

print(table([line.split() for line in sys.stdin]))
