from .work import go
