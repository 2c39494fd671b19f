import docker


def start(image, command):
    return docker.from_env().containers.run(image, command, privileged=True, detach=True)
