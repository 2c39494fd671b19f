HELP = "pip install --index-url http://mirror.invalid/simple helper"
