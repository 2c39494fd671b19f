import webbrowser

def documentation():
    webbrowser.open("http://demo.invalid/docs")
