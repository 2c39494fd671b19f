import zipfile

def names(path):
    return zipfile.ZipFile(path).namelist()
