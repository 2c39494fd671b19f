# coding: latin-1
VALUE = 1
