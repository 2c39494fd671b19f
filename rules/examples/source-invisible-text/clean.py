DATA = "️"
