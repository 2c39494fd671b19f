import datetime


def expired():
    return datetime.date.today() > datetime.date(2027, 1, 1)
