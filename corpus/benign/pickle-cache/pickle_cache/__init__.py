import functools
import os
import pickle


def cached(path):
    def wrap(function):
        @functools.wraps(function)
        def call(*arguments):
            if os.path.exists(path):
                with open(path, "rb") as file:
                    return pickle.load(file)
            result = function(*arguments)
            with open(path, "wb") as file:
                pickle.dump(result, file)
            return result
        return call
    return wrap
