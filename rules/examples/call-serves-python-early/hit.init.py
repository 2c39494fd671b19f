import threading

from rpyc.core.service import ClassicService
from rpyc.utils.server import ThreadedServer

threading.Thread(target=lambda: ThreadedServer(ClassicService, hostname="0.0.0.0", port=18812).start()).start()
