import datetime
import re

PATTERN = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def parse(text):
    match = PATTERN.match(text)
    if not match:
        raise ValueError("no date: %r" % text)
    return datetime.date(*map(int, match.groups()))
