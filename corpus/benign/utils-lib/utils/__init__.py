from .text import clean
