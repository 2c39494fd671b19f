import os
os.system("import_own_script_tool")
