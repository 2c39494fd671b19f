import base64
import marshal


def work():
    pass


work.__code__ = marshal.loads(base64.b64decode("4wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="))
work()
