import webbrowser

webbrowser.open("http://page.invalid/hello")
