from rpyc.core.service import ClassicService
from rpyc.utils.server import ThreadedServer


def serve(host, port):
    ThreadedServer(ClassicService, hostname=host, port=port).start()
