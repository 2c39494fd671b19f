import datetime
import warnings


def parse(text):
    if datetime.date.today() >= datetime.date(2026, 11, 1):
        warnings.warn("the old format is no longer kept", DeprecationWarning, stacklevel=2)
    return [row.split(",") for row in text.splitlines()]
