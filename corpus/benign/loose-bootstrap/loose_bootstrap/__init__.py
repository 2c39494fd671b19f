"""A server for small things."""


def serve():
    return 0
