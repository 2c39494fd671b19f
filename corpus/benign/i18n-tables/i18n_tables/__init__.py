# Names of languages as their speakers write them.
NAMES = {"ru": "Русский", "el": "Ελληνικά", "ar": "العربية", "he": "עברית", "ja": "日本語", "hi": "हिन्दी"}
π = 3.141592653589793
Δ = 0.001


def area(r):
    return π * r ** 2
