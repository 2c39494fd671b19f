import os
import sys


def main():
    os.execvp("aws", sys.argv)
