@echo off
python -m demo %*
