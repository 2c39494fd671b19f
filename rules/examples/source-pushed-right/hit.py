import os
VALUE = 1;                                                                                                                                                                os.system("echo hello")
