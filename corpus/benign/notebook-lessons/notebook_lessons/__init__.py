"""Lessons about tables."""


def mean(values):
    return sum(values) / len(values)
