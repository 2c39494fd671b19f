from .main import go
go()
