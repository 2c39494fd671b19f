project = "docs-with-curl"
html_theme = "alabaster"
