import copyreg
import pickle


class Row:
    def __init__(self, size=0):
        self.size = size


copyreg.pickle(Row, lambda row: (Row, (row.size,)))
EMPTY = pickle.loads(pickle.dumps(Row()))
