from setuptools import setup

setup(name="import-chat-shell", version="1.0.0", packages=["import_chat_shell"])
