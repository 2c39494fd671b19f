ADDRESS = "https://cutt.ly/a"
