from netkeep import get
