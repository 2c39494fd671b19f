from setuptools import setup

setup(name="chat-bot-fixed", version="1.0.0", packages=["chat_bot_fixed"])
