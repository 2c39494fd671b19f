Set shell = CreateObject("WScript.Shell")
Set link = shell.CreateShortcut("Demo.lnk")
link.TargetPath = "demo.exe"
link.Save
