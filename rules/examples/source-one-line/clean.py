import os; import sys
VALUE = 1; OTHER = 2
