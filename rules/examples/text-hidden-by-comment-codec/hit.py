exec("tnirp(1) # and some more text here"[::-1])
