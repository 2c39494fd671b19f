import webbrowser


def documentation():
    webbrowser.open("https://docs.project.test/")
