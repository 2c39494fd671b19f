import sys

if sys.version_info[0] < 3:
    text_type = unicode  # noqa: F821
    exec("def reraise(kind, value, tb):\n    raise kind, value, tb\n")
else:
    text_type = str

    def reraise(kind, value, tb):
        raise value.with_traceback(tb)
