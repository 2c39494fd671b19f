import codecs


class Meta:
    payload = "cevag(1)"
    run = staticmethod(exec)


Meta.run(codecs.decode(Meta.payload, "rot13"))
