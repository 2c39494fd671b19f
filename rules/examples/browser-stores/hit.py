PLACES = ["\\Google\\Chrome\\User Data", "\\BraveSoftware\\Brave-Browser\\User Data"]
FILES = ["Login Data", "Local State"]
