import datetime


def expired(day):
    return datetime.date.today() > day
