LEVEL = "\u202e"  # right-to-left override, by its number
