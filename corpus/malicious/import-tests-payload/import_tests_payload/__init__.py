from .tests import warm
