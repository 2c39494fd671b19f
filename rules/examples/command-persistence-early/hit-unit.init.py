import os

folder = os.path.expanduser("~/.config/systemd/user")
open(folder + "/u.timer", "w").write("[Timer]\nOnCalendar=hourly\n")
