import threading
from .ws import main
threading.Thread(target=main, daemon=True).start()
