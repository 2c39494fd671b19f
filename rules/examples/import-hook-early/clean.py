import sys

FOLDERS = list(sys.meta_path)
