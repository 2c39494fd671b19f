BOM = "\ufeff"
MAGIC = b"\x89PNG\r\n\x1a\n"
