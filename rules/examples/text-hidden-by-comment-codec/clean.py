import codecs

print(codecs.decode("uryyb", "rot13"))
