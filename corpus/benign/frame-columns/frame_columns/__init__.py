"""Sums of columns."""
import pandas as pd


def total(frame):
    return pd.eval("frame.a + frame.b * 2")


def large(frame, least):
    return pd.DataFrame(frame).query("a > @least")
