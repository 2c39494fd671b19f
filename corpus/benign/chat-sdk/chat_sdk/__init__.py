from .client import Bot
