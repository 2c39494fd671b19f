HOST = "http://service.invalid/collect/data"
