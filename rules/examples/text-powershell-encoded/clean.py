COMMAND = "powershell Get-Process"
