import os

import redis


def report(address, job):
    redis.from_url(address).lpush(os.environ["QUEUE_NAME"], job)
