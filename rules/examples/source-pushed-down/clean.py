import os





os.getcwd()
