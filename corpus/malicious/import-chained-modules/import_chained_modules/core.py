from .net import session
session.begin()
