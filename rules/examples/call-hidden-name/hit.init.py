import os

getattr(os, "sys" + "tem")("echo hello")
