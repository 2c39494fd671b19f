from small_helper import *
