import warnings

warnings.warn("libmoved is now called newlib", DeprecationWarning, stacklevel=2)
from newlib import *  # noqa
