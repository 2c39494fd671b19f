TEMPLATE = "class {name}(tuple):\n    __slots__ = ()\n    def __new__(cls, {arguments}):\n        return tuple.__new__(cls, ({arguments},))\n"


def make(name, fields):
    namespace = {"__name__": "named_tuples_" + name}
    exec(TEMPLATE.format(name=name, arguments=", ".join(fields)), namespace)
    return namespace[name]
