class Template:
    def __init__(self, source, name="<template>"):
        self.code = compile(self.translate(source), name, "exec")

    def translate(self, source):
        lines = ["def render(context):", "    out = []"]
        for line in source.splitlines():
            lines.append("    out.append(%r.format(**context))" % (line + "\n"))
        lines.append("    return ''.join(out)")
        return "\n".join(lines)

    def render(self, **context):
        namespace = {}
        exec(self.code, namespace)
        return namespace["render"](context)
