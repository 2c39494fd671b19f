HELP = "Bash opens /dev/tcp/host/port as a connection"
