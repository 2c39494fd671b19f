from netkeeper import get
