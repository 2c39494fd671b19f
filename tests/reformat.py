#!/usr/bin/env python3
"""Packs the archives of a folder anew: other lines, quotes and blanks, no comments, other names for locals.

    tests/reformat.py FROM TO

What the code does stays the same, so `gatehouse diff` must find nothing. Sources are parsed, never run; what Python
cannot parse stays as it is.
"""

import ast
import base64
import hashlib
import io
import pathlib
import sys
import tarfile
import warnings
import zipfile


def locals_of(function):
    """Names that are bound in a function and nowhere said to be of another scope."""
    kept, bound = {"__class__"}, set()
    arguments = function.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]:
        if argument:
            kept.add(argument.arg)
    for node in ast.walk(function):
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            kept.update(node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)) and node is not function:
            return set()  # an inner scope: which name is whose would have to be worked out
        elif isinstance(node, ast.Name) and node.id in ("locals", "vars", "eval", "exec"):
            return set()  # names that can be asked for as text
    return bound - kept


class Rename(ast.NodeTransformer):
    def visit_FunctionDef(self, function):
        names = {name: f"renamed_{at}" for at, name in enumerate(sorted(locals_of(function)))}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id in names:
                node.id = names[node.id]
        self.generic_visit(function)
        return function

    visit_AsyncFunctionDef = visit_FunctionDef


def anew(name, source):
    """Other bytes for the same program, or the bytes as they are."""
    if not name.endswith(".py"):
        return source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = ast.unparse(Rename().visit(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError):
        return source
    return f"#!/usr/bin/env python3\n# Written anew.\n\n\n{text}\n".encode()


def pack(source, target):
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            files = {entry.filename: anew(entry.filename, old.read(entry)) for entry in old.infolist()}
            record = next((name for name in files if name.endswith(".dist-info/RECORD")), None)
            if record:
                rows = (f"{name},sha256={digest(data)},{len(data)}" for name, data in files.items() if name != record)
                files[record] = ("\n".join([*rows, f"{record},,"]) + "\n").encode()
            for name, data in files.items():
                new.writestr(name, data)
        return
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for entry in old:
            data = anew(entry.name, old.extractfile(entry).read()) if entry.isfile() else b""
            entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def main():
    source, target = map(pathlib.Path, sys.argv[1:3])
    for path in sorted(source.iterdir()):
        pack(path, target / path.name)


if __name__ == "__main__":
    main()
