import logging.config

logging.config.dictConfig({"version": 1, "handlers": {"h": {"()": "demo.text.Handler", "level": "INFO"}}})
