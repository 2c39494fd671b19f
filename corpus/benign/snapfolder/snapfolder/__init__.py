import datetime
import os
import time

import mss


def run(folder, every=60):
    os.makedirs(folder, exist_ok=True)
    with mss.mss() as screen:
        while True:
            name = datetime.datetime.now().strftime("%H%M%S") + ".png"
            screen.shot(output=os.path.join(folder, name))
            time.sleep(every)
