from setuptools import setup

setup(name="import-editor-hook", version="1.0.0", packages=["import_editor_hook"])
