from hidden_dep import *
