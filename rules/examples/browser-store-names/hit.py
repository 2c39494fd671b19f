NAMES = {"Login Data", "key4.db", "Cookies"}
