def plausible(hours):
    return hours in (12, 24)
