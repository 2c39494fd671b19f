HELP = """After this command your files are encrypted with the key you gave.

Keep the key: without it nobody can read them.
"""
