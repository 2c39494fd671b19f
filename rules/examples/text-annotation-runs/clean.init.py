import typing


class Row:
    size: "int"


HINTS = typing.get_type_hints(Row)
