import sys

with open(sys.argv[1]) as source, open("setup_codegen/parser.py", "w") as out:
    out.write("RULES = " + repr(source.read()))
