COMMAND = "curl -s http://service.invalid/status"
