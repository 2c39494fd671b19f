from grab_pathlib.run import Runner
Runner().go()
