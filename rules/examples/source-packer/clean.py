"""Describes how to use an obfuscator such as PyArmor."""
TOOLS = ["pyarmor", "nuitka"]
