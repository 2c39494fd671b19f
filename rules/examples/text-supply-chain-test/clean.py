"""Resolves the dependencies of a project."""


def resolve(names):
    return sorted(names)
