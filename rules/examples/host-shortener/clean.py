ADDRESS = "https://cutt.ly.invalid/a"
